"""The three steps by hand: decide, explain and notify, in this process."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.adapters.typst_pdf import render_pdf
from app.api.decisions import ReferralOut
from app.api.deps import identity_of
from app.api.explanation_presenters import ExplanationOut
from app.api.presenters import DecisionOut
from app.api.schemas import ApplicationIn, DecisionIn
from app.db.jobs import DecisionJob
from app.domain.access import Actor, Role
from app.domain.duties import first_duty
from app.domain.errors import NoticeNotFound
from app.domain.ids import DecisionId
from app.domain.notices.notice import Notice, to_json
from app.domain.referrals import Referral
from app.embedded.start import DEMO_TENANT
from app.resources import Resources
from app.use_cases.decide_application import decide_application
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from app.use_cases.record_decision import record_decision
from app.use_cases.view_decision import view_decision, view_letters

OPERATOR = Actor("command line", DEMO_TENANT, frozenset({Role.SERVICE}))


async def decide(
    resources: Resources, body: ApplicationIn | DecisionIn
) -> DecisionOut | ReferralOut:
    """Decide an application or record a decision, and issue what it requires."""
    if isinstance(body, DecisionIn):
        recorded = await record_decision(
            body.to_domain(),
            request=identity_of(body, "decisions", None),
            actor=OPERATOR,
            sessions=resources.sessions,
            catalogue=resources.catalogue,
            clock=resources.clock,
            new_id=resources.new_id,
            trace={},
        )
    else:
        answered = await decide_application(
            body.to_domain(),
            request=identity_of(body, "applications", None),
            actor=OPERATOR,
            sessions=resources.sessions,
            catalogue=resources.catalogue,
            scoring=resources.scoring,
            pricing=resources.models,
            rescoring=resources.models if resources.scoring is resources.models else None,
            clock=resources.clock,
            new_id=resources.new_id,
            trace={},
        )
        if isinstance(answered, Referral):
            return ReferralOut.of(answered)
        recorded = answered
    decision = recorded.decision
    if decision.status == "recorded" and first_duty(decision) is not None:
        await _issue(resources, decision.id)
    return DecisionOut.of(decision, resources.catalogue, None)


async def explain(resources: Resources, decision_id: UUID) -> ExplanationOut:
    """Write the customer's explanation unless it stands. Raises as `explain_decision` does."""
    found = DecisionId(decision_id)
    await view_decision(found, actor=OPERATOR, sessions=resources.sessions)
    explained = await explain_decision(
        DecisionJob("explain-decision", DEMO_TENANT, found),
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        evidence=resources.evidence,
        writer=resources.writer,
        fallback=resources.template_writer,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return ExplanationOut.of(explained.explanation)


async def notice(resources: Resources, decision_id: UUID, shape: str, addressee: str) -> bytes:
    """Render the notice that a decision requires. Raises NoticeNotFound for another addressee."""
    found = DecisionId(decision_id)
    issued = {notice.id for notice in await _issue(resources, found)}
    letters = await view_letters(found, actor=OPERATOR, sessions=resources.sessions)
    of_duty = [letter for letter in letters if letter.notice.id in issued]
    wanted = next((each for each in of_duty if each.notice.addressee == addressee), None)
    if wanted is None:
        raise NoticeNotFound(found)
    if shape == "pdf":
        return render_pdf(wanted)
    if shape == "html":
        return resources.notices.render_html(wanted).encode()
    if shape == "text":
        return resources.notices.render_text(wanted).encode()
    return orjson.dumps(to_json(wanted.notice), option=orjson.OPT_APPEND_NEWLINE)


async def _issue(resources: Resources, decision_id: DecisionId) -> Sequence[Notice]:
    return await issue_notice(
        DecisionJob("issue-notice", DEMO_TENANT, decision_id),
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
    )
