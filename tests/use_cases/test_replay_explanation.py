"""What is kept with a draft is enough to ask its writer again, and to see what changed."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.evidence import LibraryEvidence
from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.db import explanations
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.errors import ExplanationNotFound, NothingToReplay, WriterUnavailable
from app.domain.explanation import WriterSettings
from app.domain.ids import ExplanationId, TenantId
from app.domain.replaying import Replayed
from app.resources import seed_catalogue
from app.use_cases.explain_decision import explain_decision
from app.use_cases.ports import ExplanationWriter
from app.use_cases.publish_explanation import Explained
from app.use_cases.record_decision import Recorded
from app.use_cases.replay_explanation import replay_explanation
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from tests.conftest import NOW
from tests.contracts.fake_endpoint import FakeEndpoint
from tests.use_cases.test_decide_application import DECLINED, application, decide

Asking = Callable[..., OpenAIWriter]


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    endpoints: list[FakeEndpoint] = []
    writers: list[OpenAIWriter] = []

    def make(*script: str, model: str = "fake") -> OpenAIWriter:
        endpoints.append(FakeEndpoint(*script))
        endpoint = Endpoint(endpoints[-1].base_url, "key", model, timeout_s=1)
        writers.append(OpenAIWriter(endpoint))
        return writers[-1]

    yield make
    for writer in writers:
        await writer.close()
    for endpoint in endpoints:
        endpoint.close()


async def explained(
    sessions: Sessions, actor: Actor, model_server: str, writer: ExplanationWriter | None
) -> Explained:
    recorded = await decide(application(DECLINED), actor, sessions, model_server, model_server)
    assert isinstance(recorded, Recorded)
    return await explain_decision(
        DecisionJob("explain-decision", actor.tenant_id, recorded.decision.id, "underwriter"),
        sessions=sessions,
        catalogue=seed_catalogue(),
        evidence=LibraryEvidence(sessions, Engine(Library(), OnnxEmbedder())),
        writer=writer,
        fallback=TemplateWriter(),
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
    )


async def replay(
    sessions: Sessions, tenant: TenantId, found: Explained, writer: ExplanationWriter | None
) -> Replayed:
    return await replay_explanation(
        found.explanation.id,
        tenant_id=tenant,
        sessions=sessions,
        writer=writer,
        fallback=TemplateWriter(),
    )


async def test_the_same_writer_writes_the_same_again(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("faithful"))
    assert found.outcome == "first_try"
    again = await replay(sessions, actor.tenant_id, found, asking("faithful"))
    assert again.is_same, again.differences
    assert again.again.draft == found.explanation.draft
    assert len(again.sentences) == 1 + 2 * len(found.explanation.draft.statements)


async def test_a_corrected_draft_is_asked_for_as_a_correction(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    """The first reason is refused and written again: the replay asks for that one alone."""
    reasons = await explained(sessions, actor, model_server, None)
    count = len(reasons.explanation.draft.statements)
    script = ["untrue", *["faithful"] * (count - 1), "faithful"]
    found = await explained(sessions, actor, model_server, asking(*script))
    assert found.outcome == "corrected"
    async with sessions.begin(actor.tenant_id) as tx:
        kept = await explanations.get_kept(tx, found.explanation.id)
    assert kept.draft.written.settings == WriterSettings(temperature=0.4, max_tokens=90)
    assert kept.draft.previous is not None
    assert "99%" in kept.draft.previous.written.raw[0]
    first = kept.draft.previous.findings[0]
    assert first.rule
    assert first.words
    assert first.where.startswith("reasons[0]")
    assert kept.draft.findings == ()

    again = await replay(sessions, actor.tenant_id, found, asking("faithful"))
    assert again.is_same, again.differences
    assert len(again.again.raw) == 1


async def test_other_words_are_shown_where_they_stand(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("faithful"))
    again = await replay(sessions, actor.tenant_id, found, asking("bare", "faithful"))
    assert not again.is_same
    (other,) = [difference for difference in again.differences if difference.where != "verdict"]
    assert other.where == "reasons[0].statement"
    assert other.kept == found.explanation.draft.statements[0].text != other.again


async def test_what_would_be_refused_now_differs_and_says_why(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("faithful"))
    again = await replay(sessions, actor.tenant_id, found, asking("untrue"))
    assert again.findings
    assert again.differences[-1].where == "verdict"


async def test_another_model_is_not_the_same_writer(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("faithful"))
    again = await replay(sessions, actor.tenant_id, found, asking("faithful", model="newer"))
    assert [(d.where, d.kept, d.again) for d in again.differences] == [
        ("writer.model", "fake", "newer")
    ]


async def test_a_template_explanation_replays_without_a_model(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("garbage"))
    assert found.outcome == "template"
    assert (await replay(sessions, actor.tenant_id, found, None)).is_same
    async with sessions.begin(actor.tenant_id) as tx:
        kept = await explanations.get_kept(tx, found.explanation.id)
    assert kept.draft.previous is None


async def test_what_cannot_be_asked_again_says_so(
    sessions: Sessions, actor: Actor, other_tenant: TenantId, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("faithful"))
    with pytest.raises(NothingToReplay, match="by a model, and none is at hand"):
        await replay(sessions, actor.tenant_id, found, None)
    with pytest.raises(WriterUnavailable):
        await replay(sessions, actor.tenant_id, found, asking("401"))
    with pytest.raises(ExplanationNotFound):
        await replay(sessions, other_tenant, found, asking("faithful"))
    for missing in (uuid4(), UUID(int=0)):
        with pytest.raises(ExplanationNotFound):
            await replay_explanation(
                ExplanationId(missing),
                tenant_id=actor.tenant_id,
                sessions=sessions,
                writer=None,
                fallback=TemplateWriter(),
            )


async def test_drafts_name_their_passages_and_hide_the_rest(
    sessions: Sessions, actor: Actor, model_server: str, asking: Asking
) -> None:
    found = await explained(sessions, actor, model_server, asking("untrue", "faithful"))
    spans = [entry for entry in found.explanation.evidence if entry.kind == "passage"]
    async with sessions.begin(actor.tenant_id) as tx:
        rows = await tx.session.execute(
            text(
                "select retrieval, settings, seconds, drafts::text as whole from drafts"
                " where decision_id = :decision order by attempt"
            ),
            {"decision": found.explanation.decision_id},
        )
        kept = rows.all()
        assert len(kept) == 2
        for row in kept:
            assert row.settings["max_tokens"] == 90
            assert row.seconds >= 0
            assert "99%" not in row.whole
            for span in spans:
                assert any(
                    passage["citation"] == span.ref
                    and passage["version_sha256"] == span.version_sha256
                    and passage["start"] <= span.start < span.end <= passage["end"]
                    for passage in row.retrieval
                )
