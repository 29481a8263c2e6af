"""Explain a decision in approved wordings, with no model and no search."""

import time
from collections.abc import Sequence
from dataclasses import replace

from app.db import registrations, wordings
from app.db.engine import Sessions
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.dossiers import to_dossier
from app.domain.drafting import summary_of
from app.domain.explanation import Audience, Dossier, Draft, Language, Written
from app.domain.models import Registration
from app.domain.verification.verify import verify
from app.domain.wordings import ApprovedWording, choose_wordings, why_stale
from app.use_cases.ports import EvidenceFinder
from app.use_cases.publish_explanation import Attempt

REVIEWED = "reviewed wording"


async def attempt_by_wordings(
    decision: Decision,
    *,
    audience: Audience,
    language: Language,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
) -> Attempt | None:
    """Tell a customer in approved wordings, and hold what they say against this very decision.

    None where the reader is another, or where a reason has no wording that stands for its facts.
    """
    if audience != "customer":
        return None
    model = decision.model
    async with sessions.begin(decision.tenant_id) as tx:
        approved = await wordings.find_approved(
            tx,
            [reason.code for reason in decision.reasons],
            audience=audience,
            language=language,
            jurisdiction=decision.jurisdiction,
        )
        if not approved:
            return None
        registration = (
            None if model is None else await registrations.get(tx, model.name, model.version)
        )
    worded = await explain_by_wordings(
        approved,
        decision,
        registration,
        catalogue=catalogue,
        evidence=evidence,
        audience=audience,
        language=language,
    )
    if worded is None:
        return None
    written, dossier = worded
    return Attempt(written, verify(written.draft, dossier), dossier)


async def explain_by_wordings(
    approved: Sequence[ApprovedWording],
    decision: Decision,
    registration: Registration | None,
    *,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    audience: Audience,
    language: Language,
) -> tuple[Written, Dossier] | None:
    """Fill the wordings of all reasons; None where a reason has none that stands for its facts.

    A wording stands only where the passage it quotes was in force, in the very version it was
    proved on, on the day of the decision. The prompt names the wordings, so that each sentence
    leads to who approved it.
    """
    if not {reason.code for reason in decision.reasons} <= {a.wording.code for a in approved}:
        return None
    started = time.perf_counter()
    dossier = to_dossier(
        decision,
        registration,
        catalogue,
        audience=audience,
        language=language,
        passages=(),
        quotes={},
    )
    on = decision.decided_at.date()
    cited = {held.wording.basis.citation.citation for held in approved}
    passages = await evidence.read(
        decision.tenant_id, sorted(cited), jurisdiction=decision.jurisdiction, on=on
    )
    standing = [
        held
        for held in approved
        if why_stale(held.wording, statement=held.wording.statement, passages=passages) is None
    ]
    chosen = choose_wordings(standing, dossier.reasons)
    if chosen is None:
        return None
    versions = {
        (wording.basis.citation.citation, wording.basis.version_sha256)
        for wording, _ in chosen.values()
    }
    dossier = replace(
        dossier,
        passages=tuple(p for p in passages if (p.citation, p.version_sha256) in versions),
        quotes={code: wording.basis.citation for code, (wording, _) in chosen.items()},
    )
    statements = tuple(chosen[reason.code][1] for reason in dossier.reasons)
    written = Written(
        Draft(summary_of(dossier), statements),
        "wording",
        REVIEWED,
        " ".join(str(wording.id) for wording, _ in chosen.values()),
        "",
        seconds=time.perf_counter() - started,
    )
    return written, dossier
