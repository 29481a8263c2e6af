"""Ask an explanation's writer once more, with what it was asked with, and compare."""

from app.db import explanations
from app.db.engine import Sessions
from app.domain.errors import NothingToReplay
from app.domain.ids import ExplanationId, TenantId
from app.domain.replaying import KeptDraft, Replayed, replayed
from app.domain.verification.verify import findings_of
from app.use_cases.ports import ExplanationWriter


async def replay_explanation(
    explanation_id: ExplanationId,
    *,
    tenant_id: TenantId,
    sessions: Sessions,
    writer: ExplanationWriter | None,
    fallback: ExplanationWriter,
) -> Replayed:
    """Write it again from the dossier as it was kept, and say sentence by sentence what changed.

    A draft that mended another is asked for in the same way, with the same findings. Nothing is
    stored. Raises ExplanationNotFound, NothingToReplay or WriterUnavailable.
    """
    async with sessions.begin(tenant_id) as tx:
        kept = await explanations.get_kept(tx, explanation_id)
    kind = kept.draft.written.writer
    asked = {"model": writer, "template": fallback}.get(kind)
    if asked is None:
        raise NothingToReplay(explanation_id, f"it was written by a {kind}, and none is at hand")
    mended: KeptDraft | None = kept.draft.previous
    again = await asked.write(
        kept.draft.dossier,
        corrections=() if mended is None else mended.findings,
        previous=None if mended is None else mended.written,
    )
    return replayed(kept, again, findings_of(again.draft, kept.draft.dossier))
