"""Record many decisions that other systems made, several in a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.catalogue import Catalogue
from app.domain.errors import DomainError
from app.domain.recording import Submission
from app.use_cases.ports import Clock, NewId
from app.use_cases.record_decision import Recorded, RequestIdentity, record_in


@dataclass(frozen=True, slots=True)
class Recording:
    """One decision to record, and what makes it the same request again."""

    submission: Submission
    request: RequestIdentity


async def record_decisions(
    recordings: Sequence[Recording],
    *,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Sequence[Recorded | Exception]:
    """Record each as `record_decision` does, and return what became of each, in order.

    They share one transaction, in which each stands or falls alone; all that is returned is
    committed. Where the transaction itself fails, as by a deadlock with another batch, each is
    tried in one of its own.
    """

    async def record(some: Sequence[Recording]) -> list[Recorded | Exception]:
        became: list[Recorded | Exception] = []
        async with sessions.begin(actor.tenant_id) as tx:
            for one in some:
                try:
                    async with tx.savepoint():
                        recorded = await record_in(
                            tx,
                            one.submission,
                            request=one.request,
                            actor=actor,
                            catalogue=catalogue,
                            clock=clock,
                            new_id=new_id,
                            trace=trace,
                        )
                except DomainError as refused:
                    became.append(refused)
                else:
                    became.append(recorded)
        return became

    async def record_alone(one: Recording) -> Recorded | Exception:
        try:
            return (await record([one]))[0]
        except Exception as failure:  # noqa: BLE001 -- told of this line; the others go on
            return failure

    try:
        return await record(recordings)
    except Exception:  # noqa: BLE001 -- nothing of it was committed; see above
        return [await record_alone(one) for one in recordings]
