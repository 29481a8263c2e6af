"""What a worker does from time to time for every tenant, whoever else does it too."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from app.db import tenants, turns
from app.domain.ids import TenantId
from app.resources import Resources, current_prompts
from app.use_cases.answer_once import purge_idempotency
from app.use_cases.deliver_webhook import forget_messages
from app.use_cases.erase_subject import erase_what_is_kept_no_longer
from app.use_cases.reconcile import check_completeness, reconcile
from app.use_cases.return_wordings_to_review import return_wordings_to_review
from app.use_cases.warn_of_due_dates import warn_of_due_notices, warn_of_ending_policies

log = structlog.get_logger()
LONGEST_S = 300.0  # one tenant's run is cut off after this, so that none stops the others
HOUR_S = 3_600.0
DAY_S = 86_400.0
PURGE_S = 600.0
ONCE_FROM_S = 60.0  # a longer period is kept in the database: one worker runs it, restarts or not
CHECK_S = 30.0  # how often a worker looks whether a kept period is over


@dataclass(frozen=True, slots=True)
class Hook:
    """Something to do for a tenant every `every_s` seconds; it must be safe to run twice.

    Of all workers one runs it for a tenant at a time; from a minute on, one a period. `whose`
    names the tenants that need it now; all, if left out.
    """

    name: str
    every_s: float
    run: Callable[[TenantId], Awaitable[None]]
    whose: Callable[[], Awaitable[Sequence[TenantId]]] | None = None


def hooks(resources: Resources) -> tuple[Hook, ...]:
    """Return everything that is done periodically: one line each."""
    return (
        Hook("reconcile", 15, lambda tenant_id: _reconcile(tenant_id, resources)),
        Hook("completeness", DAY_S, lambda tenant_id: _check(tenant_id, resources)),
        Hook("messages", HOUR_S, lambda tenant_id: _forget_messages(tenant_id, resources)),
        Hook("idempotency", PURGE_S, lambda tenant_id: _purge(tenant_id, resources)),
        Hook("wordings", 15, lambda tenant_id: _return_wordings(tenant_id, resources)),
        Hook("due-notices", HOUR_S, lambda tenant_id: _warn_of_notices(tenant_id, resources)),
        Hook("ending-policies", DAY_S, lambda tenant_id: _warn_of_ends(tenant_id, resources)),
        Hook("retention", DAY_S, lambda tenant_id: _erase(tenant_id, resources)),
    )


class Rounds:
    """Runs hooks for every tenant, found anew each round; a failure stops neither others' runs."""

    def __init__(self, resources: Resources, every: Sequence[Hook]) -> None:
        self._resources = resources
        self._hooks = every

    async def run(self) -> None:
        """Go round until cancelled."""
        async with asyncio.TaskGroup() as rounds:
            for hook in self._hooks:
                rounds.create_task(self._go_round(hook))

    async def _go_round(self, hook: Hook) -> None:
        while True:
            try:
                found = hook.whose or self._every_tenant
                for tenant_id in await found():
                    await self.take_turn(hook, tenant_id)
            except Exception as error:  # noqa: BLE001 -- the loop outlives a database restart
                log.warning("hook.interrupted", hook=hook.name, error=type(error).__name__)
            await asyncio.sleep(min(hook.every_s, CHECK_S))

    async def _every_tenant(self) -> Sequence[TenantId]:
        return await tenants.find_all(self._resources.sessions)

    async def take_turn(self, hook: Hook, tenant_id: TenantId) -> None:
        """Run a hook for a tenant unless another worker does, or did within the period."""
        sessions = self._resources.sessions
        try:
            async with turns.hold(sessions, hook.name, tenant_id) as is_ours:
                if not is_ours:
                    return
                if hook.every_s >= ONCE_FROM_S and not await turns.claim(
                    sessions, hook.name, tenant_id, every_s=hook.every_s
                ):
                    return
                async with asyncio.timeout(LONGEST_S):
                    await hook.run(tenant_id)
        except Exception as error:  # noqa: BLE001 -- one tenant's failure is not the others'
            log.warning(
                "hook.failed", hook=hook.name, tenant=str(tenant_id), error=type(error).__name__
            )


async def _reconcile(tenant_id: TenantId, resources: Resources) -> None:
    found = await reconcile(tenant_id, sessions=resources.sessions, clock=resources.clock)
    if found:
        log.warning("reconciler.enqueued", tenant=str(tenant_id), jobs=found)


async def _check(tenant_id: TenantId, resources: Resources) -> None:
    found = await check_completeness(tenant_id, sessions=resources.sessions)
    if found:
        log.error("reconciler.incomplete", tenant=str(tenant_id), jobs=found)


async def _forget_messages(tenant_id: TenantId, resources: Resources) -> None:
    await forget_messages(tenant_id, sessions=resources.sessions, clock=resources.clock)


async def _purge(tenant_id: TenantId, resources: Resources) -> None:
    await purge_idempotency(tenant_id, sessions=resources.sessions, clock=resources.clock)


async def _return_wordings(tenant_id: TenantId, resources: Resources) -> None:
    returned = await return_wordings_to_review(
        tenant_id,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        evidence=resources.evidence,
        prompts=current_prompts(resources.prompt_set),
        clock=resources.clock,
        new_id=resources.new_id,
    )
    for wording in returned:
        log.warning("wording.expired", wording_id=str(wording.expired), why=wording.why)


async def _warn_of_notices(tenant_id: TenantId, resources: Resources) -> None:
    warned = await warn_of_due_notices(
        tenant_id, sessions=resources.sessions, clock=resources.clock, new_id=resources.new_id
    )
    for due in warned:
        log.warning("notice.due_soon", decision_id=str(due.decision_id), due_at=str(due.due_at))


async def _warn_of_ends(tenant_id: TenantId, resources: Resources) -> None:
    ending = await warn_of_ending_policies(
        tenant_id, sessions=resources.sessions, clock=resources.clock, new_id=resources.new_id
    )
    for policy in ending:
        log.warning("policy.ends_soon", version_id=str(policy.version_id), on=str(policy.on))


async def _erase(tenant_id: TenantId, resources: Resources) -> None:
    erased = await erase_what_is_kept_no_longer(
        tenant_id, sessions=resources.sessions, clock=resources.clock, new_id=resources.new_id
    )
    if erased:
        log.info("retention.erased", tenant=str(tenant_id), people=erased)
