"""The whole life of decisions, in any order, against a model of what is owed."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import pytest
import uuid_utils.compat
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from typing_extensions import override

from app.adapters.evidence import LibraryEvidence
from app.adapters.model_http import ModelCalls
from app.adapters.model_native import NativeModels
from app.adapters.template_writer import TemplateWriter
from app.adapters.vault import MasterKeyVault
from app.api.deps import identity_of
from app.api.schemas import DecisionIn
from app.db import registrations, tenants
from app.db.engine import Sessions, connect
from app.db.jobs import DecisionJob
from app.domain import events
from app.domain.access import Actor, Role
from app.domain.audit import AuditEvent
from app.domain.creditors import DEMO_CREDITOR
from app.domain.errors import (
    DomainError,
    ErasureRefused,
    EventRefused,
    ExternalIdTaken,
    NoticeNotFound,
    SubjectErased,
    SubjectNotFound,
)
from app.domain.ids import DecisionId, EventId, NoticeId, TenantId
from app.domain.models import Registration
from app.embedded import postgres
from app.resources import PRODUCTS, seed_catalogue
from app.use_cases.erase_subject import erase_subject, set_hold
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from app.use_cases.record_decision import Recorded, record_decision
from app.use_cases.record_event import list_work, record_event, view_standing
from app.use_cases.request_explanation import request_explanation
from app.use_cases.view_decision import view_decision, view_letters
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from tests.api.test_thread import recorded_decision
from tests.conftest import MASTER_KEY
from tests.use_cases.decision_model import Kind, Letter, Life

T = TypeVar("T")
CANARY = "Zephyrine Quillfeather"
PLAIN = {
    "reasons_requested": events.ReasonsRequested,
    "counteroffer_accepted": events.CounterofferAccepted,
    "counteroffer_lapsed": events.CounterofferLapsed,
    "information_received": events.InformationReceived,
    "withdrawn": events.Withdrawn,
    "review_requested": events.ReviewRequested,
    "review_concluded": events.ReviewConcluded,
}
ONLY_OF = {
    "counteroffer_accepted": "counteroffer",
    "counteroffer_lapsed": "counteroffer",
    "information_received": "incomplete",
}
KINDS: tuple[Kind, ...] = ("declined", "on_request", "counteroffer", "incomplete", "eu")
AS_HELD = {
    "explanations": "select id, e::text from explanations e",
    "audit": "select id, subject from audit_events",
    "explanations twice": "select decision_id from current_explanations"
    " group by decision_id, audience, language having count(*) > 1",
    "notices twice": "select decision_id from notices"
    " group by decision_id, duty, addressee having count(*) > 1",
}
AS_EXPLAINED = 2  # audit events: the draft, and what was published of it
SHORT = settings(
    max_examples=4,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each step asks a database: shrinking would take longer than reading
)


def decision_of(kind: Kind, reference: str, now: datetime) -> dict[str, Any]:
    body = recorded_decision(
        external_id=uuid4().hex,
        received_at=(now - timedelta(days=2)).isoformat(),
        decided_at=now.isoformat(),
        applicants=[{"reference": reference, "name": CANARY, "address": f"1 {CANARY} Road"}],
    )
    if kind == "on_request":
        body["reasons_given"] = "on_request"
    if kind == "counteroffer":
        body |= {"action": "counteroffer", "offered": {"amount": 100}}
    if kind == "incomplete":
        body |= {
            "action": "incomplete",
            "missing": [
                {"item": "A payslip", "respond_by": (now.date() + timedelta(30)).isoformat()}
            ],
        }
        for name in ("model", "score", "decision", "attribution", "reasons", "rules"):
            body.pop(name, None)
    if kind == "eu":
        body |= {"jurisdiction": "EU", "member_state": "IE"}
    return body


class Bench:
    """The service's parts, driven from a thread with a loop of its own."""

    def __init__(self, url: str, registrations_of: Sequence[Registration]) -> None:
        self.runner = asyncio.Runner()
        self.sessions = Sessions(connect(url, pool_size=2), MasterKeyVault(MASTER_KEY))
        self.evidence = LibraryEvidence(self.sessions, Engine(Library(), OnnxEmbedder()))
        self.registered = registrations_of
        self.open()

    def open(self) -> None:
        """Begin afresh: a lender whom nobody knows, today."""
        self.now = datetime.now(UTC)
        tenant_id = TenantId(uuid_utils.compat.uuid7())
        self.actor = Actor("test", tenant_id, frozenset({Role.SERVICE}))

        async def begin() -> None:
            async with self.sessions.begin(tenant_id) as tx:
                await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=self.now)
                for registration in self.registered:
                    event = AuditEvent(
                        EventId(uuid_utils.compat.uuid7()),
                        tenant_id,
                        "test",
                        "model.registered",
                        tenant_id,
                        self.now,
                    )
                    await registrations.register(tx, registration, at=self.now, event=event)

        self.run(begin())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def parts(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "clock": lambda: self.now,
            "new_id": uuid_utils.compat.uuid7,
        }

    def ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async def fetch() -> list[tuple[Any, ...]]:
            async with self.sessions.begin(self.actor.tenant_id) as tx:
                found = await tx.session.execute(text(statement), values)
                return [tuple(row) for row in found]

        return self.run(fetch())

    def close(self) -> None:
        self.run(self.sessions.engine.dispose())
        self.runner.close()


class DecisionLife(RuleBasedStateMachine):
    """Records, tells, explains, notifies, holds and erases, and repeats itself."""

    bench: ClassVar[Bench]
    decided = Bundle("decided")

    @initialize(target=decided, kind=st.sampled_from(KINDS))
    def begin(self, kind: Kind) -> DecisionId:
        self.bench.open()
        self.lives: dict[DecisionId, Life] = {}
        self.bodies: dict[DecisionId, dict[str, Any]] = {}
        self.reference: dict[DecisionId, str] = {}
        self.held: set[DecisionId] = set()
        self.told: set[tuple[DecisionId, events.Event]] = set()
        self.audited: dict[UUID, int] = {}
        self.seen_audit: set[UUID] = set()
        self.texts: dict[UUID, str] = {}
        return self._decided(kind, 0)

    # What happens

    @rule(target=decided, kind=st.sampled_from(KINDS), person=st.integers(0, 1))
    def decide(self, kind: Kind, person: int) -> DecisionId:
        return self._decided(kind, person)

    def _decided(self, kind: Kind, person: int) -> DecisionId:
        reference = f"person-{id(self)}-{person}"
        body = decision_of(kind, reference, self.bench.now)
        recorded = self._record(body)
        assert recorded.is_new
        made = recorded.decision.id
        assert recorded.decision.status == "recorded", recorded.decision.findings
        self.lives[made], self.bodies[made], self.reference[made] = Life(kind), body, reference
        self.audited[made] = 1
        return made

    @rule(made=decided)
    def record_the_same_again(self, made: DecisionId) -> None:
        if self.lives[made].is_erased:
            self._refused(made, SubjectErased, lambda: self._record(self.bodies[made]))
            return
        again = self._record(self.bodies[made])
        assert (again.decision.id, again.is_new) == (made, False)

    @rule(made=decided)
    def record_another_body(self, made: DecisionId) -> None:
        changed = {**self.bodies[made], "channel": "branch"}
        self._refused(made, ExternalIdTaken, lambda: self._record(changed))

    @rule(made=decided, kind=st.sampled_from(sorted(PLAIN)), hours=st.integers(0, 40))
    def tell(self, made: DecisionId, kind: str, hours: int) -> None:
        life = self.lives[made]
        event = PLAIN[kind](self.bench.now - timedelta(hours=hours))
        wanted = ONLY_OF.get(kind, life.kind)
        self._tell(made, event, is_legal=wanted == life.kind)

    @rule(made=decided, hours=st.integers(49, 2000))
    def tell_of_the_time_before_the_application(self, made: DecisionId, hours: int) -> None:
        received = datetime.fromisoformat(self.bodies[made]["received_at"])
        event = events.ReviewRequested(received - timedelta(hours=hours - 48))
        self._tell(made, event, is_legal=False)

    @rule(made=decided, at=st.integers(0, 3), elsewhere=st.booleans())
    def hand_over(self, made: DecisionId, at: int, *, elsewhere: bool) -> None:
        life = self.lives[made]
        letters = sorted(life.letters)
        notice_id = uuid4() if elsewhere or not letters else UUID(letters[at % len(letters)])
        letter = life.letters.get(str(notice_id))
        event = events.NoticeHandedOver(self.bench.now, NoticeId(notice_id))
        is_legal = letter is not None and (letter.told_at is None or letter.is_back)
        self._tell(made, event, is_legal=is_legal)

    @rule(made=decided, at=st.integers(0, 3))
    def come_back(self, made: DecisionId, at: int) -> None:
        life = self.lives[made]
        letters = sorted(life.letters)
        notice_id = UUID(letters[at % len(letters)]) if letters else uuid4()
        letter = life.letters.get(str(notice_id))
        event = events.NoticeReturned(self.bench.now, NoticeId(notice_id))
        self._tell(made, event, is_legal=letter is not None and letter.told_at is not None)

    @rule(made=decided, by=decided)
    def supersede(self, made: DecisionId, by: DecisionId) -> None:
        life, successor = self.lives[made], self.lives[by]
        is_legal = (
            made != by
            and self.reference[made] == self.reference[by]
            and life.is_erased == successor.is_erased
            and not successor.times("superseded")
        )
        self._tell(made, events.Superseded(self.bench.now, by), is_legal=is_legal)

    @rule(made=decided)
    def notify(self, made: DecisionId) -> None:
        """The worker's job; its lease may have run out, so that it runs more than once."""
        life = self.lives[made]
        if life.is_erased:
            self._refused(made, SubjectErased, lambda: self._issue(made))
            return
        before = set(life.letters)
        self._issue(made)
        self._learn_letters(made)
        self.audited[made] += len(set(life.letters) - before)

    @rule(made=decided, audience=st.sampled_from(["customer", "underwriter"]))
    def explain(self, made: DecisionId, audience: Any) -> None:
        life = self.lives[made]
        if life.kind == "incomplete":
            return
        job = DecisionJob("explain-decision", self.bench.actor.tenant_id, made, audience)
        if life.is_erased:
            with suppress(DomainError):
                explained = self._explain(job)
                assert explained.outcome == "already_explained"
            return
        explained = self._explain(job)
        if explained.outcome != "already_explained":
            self.audited[made] += AS_EXPLAINED

    @rule(made=decided, audience=st.sampled_from(["customer", "underwriter"]))
    def regenerate(self, made: DecisionId, audience: Any) -> None:
        life = self.lives[made]
        if life.is_erased or life.kind == "incomplete":
            return
        _, standing = self.bench.run(self._request(made, audience))
        if standing is None:
            return
        _, renewed = self.bench.run(
            self._request(made, audience, renew="customer_asked", replaces=standing.id)
        )
        self.audited[made] += 1
        assert renewed is None
        ((payload,),) = self.bench.ask(
            "select payload from pgqueuer where convert_from(payload, 'UTF8') like :of"
            " order by id desc limit 1",
            of=f"%{standing.id}%",
        )
        job = DecisionJob.of("explain-decision", payload)
        for _ in range(2):  # a lease that ran out: the second run changes nothing
            explained = self._explain(job)
            assert explained.explanation.id != standing.id
        self.audited[made] += AS_EXPLAINED

    @rule(made=decided, placed=st.booleans())
    def hold(self, made: DecisionId, *, placed: bool) -> None:
        if self.lives[made].is_erased:
            return
        why = "a suit" if placed else None
        self.bench.run(set_hold(made, why, actor=self.bench.actor, **self.bench.parts))
        (self.held.add if placed else self.held.discard)(made)
        self.audited[made] += 1

    @rule(days=st.sampled_from([1, 35, 70]))
    def time_passes(self, days: int) -> None:
        self.bench.now += timedelta(days=days)

    @rule(made=decided, years=st.integers(0, 3))
    def erase(self, made: DecisionId, years: int) -> None:
        reference = self.reference[made]
        theirs = [each for each, held in self.reference.items() if held == reference]
        self.bench.now += timedelta(days=366 * years)
        may_go = all(
            each not in self.held
            and not self.lives[each].owes()
            and self.bench.now >= self._kept_until(each)
            for each in theirs
        )
        if self.lives[made].is_erased:
            self._refused(made, SubjectNotFound, lambda: self._erase(reference))
        elif may_go:
            assert self._erase(reference) == len(theirs)
            for each in theirs:
                self.lives[each].is_erased = True
                # whoever comes with this reference now is somebody else to the service
                self.reference[each] = f"erased-{reference}"
        else:
            self._refused(made, ErasureRefused, lambda: self._erase(reference))

    # What holds after every step

    @invariant()
    def the_record_stands(self) -> None:
        held = self.bench.run(self._record_as_held())
        assert held["explanations twice"] == []
        assert held["notices twice"] == []
        for key, content in held["explanations"]:
            assert self.texts.setdefault(key, content) == content
        counted = Counter(subject for _, subject in held["audit"] if subject in self.lives)
        assert counted == Counter(self.audited)
        present = {key for key, _ in held["audit"]}
        assert self.seen_audit <= present
        self.seen_audit = present

    @invariant()
    def what_is_owed_is_known_and_nothing_else(self) -> None:
        listed = {standing.history.decision.id for standing in self.bench.run(self._work())}
        for made, life in self.lives.items():
            if life.is_erased:
                continue
            standing = self.bench.run(self._view(made))
            assert {(o.task, o.duty) for o in standing.owed} == life.owes(), life
            assert (made in listed) == bool(life.owes())

    @invariant()
    def who_was_erased_is_not_read(self) -> None:
        for made in [made for made, life in self.lives.items() if life.is_erased]:
            for read in (view_decision, view_letters):
                with pytest.raises((SubjectErased, NoticeNotFound)):
                    self.bench.run(read(made, actor=self.bench.actor, sessions=self.bench.sessions))

    @override
    def teardown(self) -> None:
        tables = self.bench.ask(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
            " and a.attname = 'tenant_id' and has_table_privilege(c.oid, 'select')"
        )
        for (table,) in tables:
            for (row,) in self.bench.ask(f"select t::text from {table} t"):
                assert CANARY not in row, table
                assert CANARY.encode().hex() not in row, table

    # How the use cases are asked

    async def _record_as_held(self) -> dict[str, list[Any]]:
        async with self.bench.sessions.begin(self.bench.actor.tenant_id) as tx:
            return {
                name: [tuple(row) for row in await tx.session.execute(text(statement))]
                for name, statement in AS_HELD.items()
            }

    def _record(self, body: dict[str, Any]) -> Recorded:
        parsed = DecisionIn.model_validate(body)
        return self.bench.run(
            record_decision(
                parsed.to_domain(),
                request=identity_of(parsed, "decisions", None),
                actor=self.bench.actor,
                catalogue=CATALOGUE,
                trace={},
                **self.bench.parts,
            )
        )

    def _tell(self, made: DecisionId, event: events.Event, *, is_legal: bool) -> None:
        life = self.lives[made]

        def tell() -> None:
            self.bench.run(
                record_event(
                    made, event, actor=self.bench.actor, catalogue=CATALOGUE, **self.bench.parts
                )
            )

        if life.is_erased:
            self._refused(made, (SubjectErased, EventRefused), tell)
            return
        is_known = (made, event) in self.told
        if not is_legal and not is_known:
            self._refused(made, (EventRefused, SubjectErased), tell)
            return
        tell()
        if not is_known:
            self._learn(made, event)
            self.audited[made] += 1
        before = set(life.letters)
        self._learn_letters(made)
        self.audited[made] += len(set(life.letters) - before)
        tell()  # told twice, it happened once

    def _learn(self, made: DecisionId, event: events.Event) -> None:
        life = self.lives[made]
        self.told.add((made, event))
        life.happened.append((event.at, event.kind))
        match event:
            case events.NoticeHandedOver():
                life.letters[str(event.notice_id)].trips.append((event.at, "out"))
            case events.NoticeReturned():
                life.letters[str(event.notice_id)].trips.append((event.at, "back"))
            case events.Superseded():
                life.succeeded_by = life.succeeded_by or self.lives[event.by]
            case _:
                pass

    def _learn_letters(self, made: DecisionId) -> None:
        with suppress(NoticeNotFound):
            for letter in self.bench.run(
                view_letters(made, actor=self.bench.actor, sessions=self.bench.sessions)
            ):
                notice = letter.notice
                held = Letter(notice.duty, bool(notice.reasons))
                self.lives[made].letters.setdefault(str(notice.id), held)

    def _refused(self, made: DecisionId, kind: Any, ask: Any) -> None:
        before = self.bench.ask("select count(*) from audit_events")
        with pytest.raises(kind):
            ask()
        assert self.bench.ask("select count(*) from audit_events") == before, made

    def _issue(self, made: DecisionId) -> None:
        job = DecisionJob("issue-notice", self.bench.actor.tenant_id, made)
        self.bench.run(issue_notice(job, catalogue=CATALOGUE, **self.bench.parts))

    def _explain(self, job: DecisionJob) -> Any:
        return self.bench.run(
            explain_decision(
                job,
                catalogue=CATALOGUE,
                evidence=self.bench.evidence,
                writer=None,
                fallback=TemplateWriter(),
                **self.bench.parts,
            )
        )

    def _request(self, made: DecisionId, audience: Any, **more: Any) -> Coroutine[Any, Any, Any]:
        return request_explanation(
            made,
            audience=audience,
            language="en",
            actor=self.bench.actor,
            trace={},
            wait_s=0,
            **self.bench.parts,
            **more,
        )

    def _work(self) -> Coroutine[Any, Any, Any]:
        return list_work(
            actor=self.bench.actor,
            sessions=self.bench.sessions,
            clock=lambda: self.bench.now,
            limit=10_000,
        )

    def _view(self, made: DecisionId) -> Coroutine[Any, Any, Any]:
        return view_standing(
            made,
            actor=self.bench.actor,
            sessions=self.bench.sessions,
            clock=lambda: self.bench.now,
        )

    def _erase(self, reference: str) -> int:
        return self.bench.run(erase_subject(reference, actor=self.bench.actor, **self.bench.parts))

    def _kept_until(self, made: DecisionId) -> datetime:
        """Twenty-five months from the last letter's handing over, or from the decision."""
        told = [x.told_at for x in self.lives[made].letters.values() if x.told_at is not None]
        since = max([datetime.fromisoformat(self.bodies[made]["decided_at"]), *told])
        month = since.month % 12 + 1
        year = since.year + 2 + since.month // 12
        for day in range(since.day, 27, -1):
            with suppress(ValueError):
                return since.replace(year=year, month=month, day=day)
        return since.replace(year=year, month=month, day=min(since.day, 28))


CATALOGUE = seed_catalogue()


async def run_machine(
    server: dict[str, str], database: str, model_server: str, how: settings
) -> None:
    calls = ModelCalls()
    models = NativeModels(lambda: model_server, lambda: model_server, PRODUCTS, calls)
    described = await models.registrations()
    await calls.close()

    def run() -> None:
        DecisionLife.bench = Bench(postgres.url(server, "service", database), described)
        try:
            run_state_machine_as_test(DecisionLife, settings=how)
        finally:
            DecisionLife.bench.close()

    await asyncio.to_thread(run)


async def test_any_life_of_a_decision_keeps_what_is_promised(
    server: dict[str, str], database: str, model_server: str
) -> None:
    await run_machine(server, database, model_server, SHORT)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_any_life_of_a_decision_keeps_what_is_promised_at_length(
    server: dict[str, str], database: str, model_server: str
) -> None:
    how = settings(SHORT, max_examples=150, stateful_step_count=50)
    await run_machine(server, database, model_server, how)
