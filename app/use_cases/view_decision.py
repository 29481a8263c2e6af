"""Read decisions, and how far their explanations are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.db import decisions, explanations, notices, referrals
from app.db.decisions import DecisionLine
from app.db.engine import Sessions, Tx
from app.domain.access import Actor, Permission
from app.domain.access_codes import access_code
from app.domain.customers import Customer
from app.domain.decisions import Decision
from app.domain.errors import NoticeNotFound
from app.domain.explanation import Audience, Language
from app.domain.ids import DecisionId
from app.domain.notices.letters import Letter
from app.domain.notices.notice import Notice
from app.domain.referrals import Referral

ExplanationState = Literal["not_owed", "pending", "verified", "template", "wording"]


@dataclass(frozen=True, slots=True)
class ViewedDecision:
    """A decision and the state of its explanation."""

    decision: Decision
    explanation_state: ExplanationState


async def view_decision(
    decision_id: DecisionId,
    *,
    actor: Actor,
    sessions: Sessions,
    audience: Audience = "customer",
    language: Language = "en",
) -> ViewedDecision:
    """Read one decision. Raises DecisionNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        if not decision.is_explained:
            return ViewedDecision(decision, "not_owed")
        standing = await explanations.find_current(tx, decision_id, audience, language)
    if standing is None:
        return ViewedDecision(decision, "pending")
    return ViewedDecision(decision, "verified" if standing.writer == "model" else standing.writer)


async def page_decisions(
    *, before: DecisionId | None, limit: int, actor: Actor, sessions: Sessions
) -> Sequence[DecisionLine]:
    """List decisions, newest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await decisions.page(tx, before=before, limit=limit)


async def view_letters(
    decision_id: DecisionId, *, actor: Actor, sessions: Sessions
) -> Sequence[Letter]:
    """Read the notices as issued, the latest first. Raises DecisionNotFound or NoticeNotFound.

    Their codes are shown to whoever may deliver them, and to the customer whose they are, to
    whom no other's notice is shown.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        issued = await notices.find(tx, decision_id)
        if isinstance(actor, Customer):
            issued = [n for n in issued if n.addressee == actor.session.addressee]
        letters = [_letter(tx, notice, actor) for notice in issued]
    if not letters:
        raise NoticeNotFound(decision_id)
    return letters


async def page_print_queue(*, actor: Actor, sessions: Sessions, limit: int) -> Sequence[Letter]:
    """Read the notices that are to go out on paper and have not, the earliest due first."""
    async with sessions.begin(actor.tenant_id) as tx:
        waiting = await notices.find_undelivered(tx, limit=limit)
        return [_letter(tx, notice, actor) for notice in waiting if notice.delivery == "mail"]


def _letter(tx: Tx, notice: Notice, actor: Actor) -> Letter:
    if isinstance(actor, Customer) or actor.may(Permission.DELIVER_NOTICES):
        return Letter(notice, access_code(tx.vault, notice.id))
    return Letter(notice)


async def page_referrals(*, actor: Actor, sessions: Sessions, limit: int) -> Sequence[Referral]:
    """Read the applications that wait for a person, the earliest due first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await referrals.find_open(tx, limit=limit)
