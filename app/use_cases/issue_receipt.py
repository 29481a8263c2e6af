"""Attest, in hashes and under a signature, what was decided, explained and sent."""

from app.db import decisions, explanations, notices
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.errors import ExplanationNotReady
from app.domain.explanation import Audience, Language
from app.domain.ids import DecisionId
from app.domain.receipts import SignedReceipt, facts_content, receipt_content
from app.use_cases.ports import Clock, Signer


async def issue_receipt(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    signer: Signer,
    clock: Clock,
) -> SignedReceipt:
    """Sign for the explanation that stands and the notices issued so far.

    Raises DecisionNotFound; ExplanationNotReady while an explanation that is owed is not there.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        explanation = await explanations.find_current(tx, decision_id, audience, language)
        if explanation is None and decision.is_explained:
            raise ExplanationNotReady(decision_id)
        issued = await notices.find_hashes(tx, decision_id)
    attributed = decision.attributed
    content = receipt_content(
        decision,
        explanation,
        issued,
        facts_sha256=None if attributed is None else signer.digest(facts_content(attributed)),
        issued_at=clock(),
    )
    return signer.sign(content)
