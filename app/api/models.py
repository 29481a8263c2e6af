"""The registry of scoring models."""

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from app.adapters.registration_json import registration_from_json
from app.api.deps import ResourcesDep, allowed
from app.api.fields import (
    Code,
    Count,
    Exact,
    Flag,
    Money,
    Name,
    Number,
    OptionalLine,
    OptionalText,
    Strict,
)
from app.api.idempotency import KeyedRoute
from app.domain.access import Actor, Permission
from app.domain.models import Direction, ReferenceKind, Registration
from app.use_cases.register_model import get_model, list_models, register_model

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=KeyedRoute)
Statistics = Annotated[Mapping[Name, Number], Field(max_length=1000)]
Unit = Annotated[OptionalLine, Field(max_length=40)]
Factor = Annotated[Exact, Field(ge=-100, le=100, decimal_places=6)]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class PinnedModel(Strict):
    """A model version, pinned by the hash of its artefact."""

    name: Name
    version: Name
    artifact_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class FeatureBody(Strict):
    """What the model reads; `direction` is said of the applicant's value."""

    name: Name
    type: Literal["number", "flag", "category"] = "number"
    unit: Unit = ""
    label: OptionalLine = ""
    label_es: OptionalLine = ""
    direction: Direction
    code: Code | None
    protected: Flag = False


class ReferenceBody(Strict):
    """A population's mean contribution and median value per feature (comment 9(b)(2)-5)."""

    n: Count
    means: Statistics
    medians: Statistics
    sha256: Sha256 = ""


class LeverBody(Strict):
    """Something an applicant could change, and the steps a search for recourse may take."""

    input: Name
    label: Name
    unit: Unit = ""
    factors: Annotated[tuple[Factor, ...], Field(max_length=10)] = ()
    targets: Annotated[tuple[Money, ...], Field(max_length=10)] = ()
    shares_of: OptionalLine = ""
    moves: Annotated[Mapping[Name, Number], Field(max_length=20)] = Field(default_factory=dict)


class RegistrationBody(Strict):
    """A model version as compliance approved it."""

    model: PinnedModel
    higher_is_better: Flag = True
    cutoff: Number | None = None
    tolerance: Number = Decimal("0.5")
    features: Annotated[tuple[FeatureBody, ...], Field(max_length=1000)]
    references: Mapping[ReferenceKind, ReferenceBody]
    method: ReferenceKind = "near_cutoff"
    levers: Annotated[tuple[LeverBody, ...], Field(max_length=50)] = ()
    age_attestation: OptionalText = ""

    def to_domain(self) -> Registration:
        """Turn into the domain's value."""
        return registration_from_json(self.model_dump())

    @classmethod
    def of(cls, registration: Registration) -> "RegistrationBody":
        """Present a registration in the form that registers it."""
        held: dict[str, Any] = {
            "model": PinnedModel.model_validate(registration.model, from_attributes=True),
            "features": [
                FeatureBody.model_validate(feature, from_attributes=True)
                for feature in registration.features
            ],
            "references": {
                kind: ReferenceBody(
                    n=reference.n,
                    means=dict(reference.means),
                    medians=dict(reference.medians),
                    sha256=reference.sha256,
                )
                for kind, reference in registration.references.items()
            },
            "levers": [
                LeverBody.model_validate(lever, from_attributes=True)
                for lever in registration.levers
            ],
        }
        for name in ("higher_is_better", "cutoff", "tolerance", "method", "age_attestation"):
            held[name] = getattr(registration, name)
        return cls(**held)


@router.post("", status_code=HTTPStatus.CREATED, summary="Register a model version")
async def post_model(
    body: RegistrationBody,
    actor: Annotated[Actor, Depends(allowed(Permission.REGISTER_MODELS))],
    resources: ResourcesDep,
) -> RegistrationBody:
    """Store it with both references hashed; what rests on a prohibited basis is refused."""
    registered = await register_model(
        body.to_domain(),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return RegistrationBody.of(registered)


@router.get("", summary="List registered models")
async def get_models(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_MODELS))],
    resources: ResourcesDep,
) -> list[RegistrationBody]:
    """Return every registered version."""
    held = await list_models(actor=actor, sessions=resources.sessions)
    return [RegistrationBody.of(registration) for registration in held]


@router.get("/{name}/{version}", summary="Read a registered model")
async def get_registered_model(
    name: str,
    version: str,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_MODELS))],
    resources: ResourcesDep,
) -> RegistrationBody:
    """Return one version."""
    return RegistrationBody.of(
        await get_model(name, version, actor=actor, sessions=resources.sessions)
    )
