"""Explanations to try the causal citation test on: those that stand, or one of each reason."""

from app.adapters.template_writer import TemplateWriter
from app.db import decisions, explanations
from app.domain.decisions import Decision, Offer
from app.domain.dossiers import to_dossier
from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.reasons import PrincipalReason
from app.evaluation.causal import CausalCase
from app.resources import Resources
from app.use_cases.gather_dossier import gather_dossier


async def stored_cases(
    resources: Resources, tenant_id: TenantId, limit: int
) -> tuple[CausalCase, ...]:
    """Take the newest explanations that stand, with dossiers gathered anew from the library."""
    cases = []
    async with resources.sessions.begin(tenant_id) as tx:
        newest = await explanations.find_newest(tx, limit=limit)
        decided = {each.decision_id: await decisions.get(tx, each.decision_id) for each in newest}
    for explanation in newest:
        dossier = await gather_dossier(
            decided[explanation.decision_id],
            audience=explanation.audience,
            language=explanation.language,
            sessions=resources.sessions,
            catalogue=resources.catalogue,
            evidence=resources.evidence,
        )
        cases.append(CausalCase(str(explanation.id), explanation.draft, dossier))
    return tuple(cases)


async def catalogue_cases(resources: Resources, tenant_id: TenantId) -> tuple[CausalCase, ...]:
    """Explain each reason of the catalogue once by the template, with real evidence."""
    cases = []
    for code in resources.catalogue:
        made = _declined_for(PrincipalReason(code, None, ()), resources, tenant_id)
        passages, quotes = await resources.evidence.find(made, resources.catalogue)
        dossier = to_dossier(
            made,
            None,
            resources.catalogue,
            audience="customer",
            language="en",
            passages=passages,
            quotes=quotes,
        )
        written = await TemplateWriter().write(dossier)
        cases.append(CausalCase(code, written.draft, dossier))
    return tuple(cases)


def _declined_for(reason: PrincipalReason, resources: Resources, tenant_id: TenantId) -> Decision:
    """A decision that exists nowhere: a person declined it for one reason, today."""
    now = resources.clock()
    return Decision(
        id=DecisionId(resources.new_id()),
        tenant_id=tenant_id,
        subject_id=SubjectId(resources.new_id()),
        external_id="",
        kind="credit",
        product="personal-loan",
        purpose="consumer",
        jurisdiction="US-federal",
        action="declined",
        received_at=now,
        completed_at=now,
        decided_at=now,
        model=None,
        score=None,
        cutoff=None,
        attributed=None,
        reasons=(reason,),
        claimed_reasons=(),
        findings=(),
        requested=Offer(),
        offered=None,
        reference_sha256="",
        applicants=(),
        application={},
        component="judgmental",
    )
