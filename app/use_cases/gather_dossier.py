"""Gather all that may be said about a decision, with the law to cite."""

from app.db import registrations
from app.db.engine import Sessions
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.dossiers import to_dossier
from app.domain.explanation import Audience, Dossier, Language
from app.use_cases.ports import EvidenceFinder


async def gather_dossier(
    decision: Decision,
    *,
    audience: Audience,
    language: Language,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
) -> Dossier:
    """Read the registration, find the evidence, and put the dossier together."""
    registration = None
    if decision.model is not None:
        async with sessions.begin(decision.tenant_id) as tx:
            registration = await registrations.get(tx, decision.model.name, decision.model.version)
    passages, quotes = await evidence.find(decision, catalogue)
    return to_dossier(
        decision,
        registration,
        catalogue,
        audience=audience,
        language=language,
        passages=passages,
        quotes=quotes,
    )
