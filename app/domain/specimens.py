"""A decision that nobody made: what a reason is worded and proved on before any case of it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain.decisions import Decision, Jurisdiction, Offer
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.models import Feature, ReasonCode, RegisteredFeature, Registration
from app.domain.reasons import Attributed, Attribution, FeatureValue, PrincipalReason

NOBODY = UUID(int=0)
TYPICAL: Mapping[str, FeatureValue] = {"number": Decimal(1), "flag": Decimal(1), "category": "?"}


def specimen_of(
    code: ReasonCode,
    registration: Registration | None,
    *,
    feature: Feature | None,
    counter_intuitive: bool,
    tenant_id: TenantId,
    jurisdiction: Jurisdiction,
    at: datetime,
) -> Decision:
    """Return a decline for one reason, carried by one feature of a model or by none.

    Raises InvalidFields where the model has no such feature, or several and none is named.
    """
    carried = None if registration is None else _feature(code, registration, feature)
    attributed = None
    if carried is not None:
        value = TYPICAL[carried.type]
        item = Attribution(carried.name, value, Decimal(-1))
        attributed = Attributed(Decimal(0), Decimal(1), (item,))
    features = () if carried is None else (carried.name,)
    return Decision(
        id=DecisionId(NOBODY),
        tenant_id=tenant_id,
        subject_id=SubjectId(NOBODY),
        external_id="specimen",
        kind="credit",
        product="loan",
        purpose="consumer",
        jurisdiction=jurisdiction,
        action="declined",
        received_at=at,
        completed_at=at,
        decided_at=at,
        model=None if registration is None else registration.model,
        score=None,
        cutoff=None,
        attributed=attributed,
        reasons=(PrincipalReason(code, None, features, counter_intuitive=counter_intuitive),),
        claimed_reasons=(),
        findings=(),
        requested=Offer(),
        offered=None,
        reference_sha256="",
        applicants=(),
        application={},
    )


def _feature(
    code: ReasonCode, registration: Registration, named: Feature | None
) -> RegisteredFeature:
    carriers = [f for f in registration.features if f.code == code and not f.protected]
    if named is not None:
        carriers = [f for f in carriers if f.name == named]
    if not carriers:
        raise InvalidFields(
            [FieldProblem("/feature", f"the model reads no such feature for reason {code}")]
        )
    if len(carriers) > 1:
        listed = ", ".join(f.name for f in carriers)
        raise InvalidFields(
            [FieldProblem("/feature", f"several features carry {code}; name one of {listed}")]
        )
    return carriers[0]
