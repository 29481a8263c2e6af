"""Registrations as JSON describes them: one form for model servers, the registry and cases."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from app.domain.models import (
    Direction,
    Feature,
    Lever,
    ModelVersion,
    ReasonCode,
    Reference,
    ReferenceKind,
    RegisteredFeature,
    Registration,
)


def registration_from_json(described: Mapping[str, Any]) -> Registration:
    """Read a registration in the form that CONTRACT's reason cases use."""
    model = described["model"]
    return Registration(
        model=ModelVersion(model["name"], model["version"], model.get("artifact_sha256")),
        higher_is_better=described.get("higher_is_better", True),
        cutoff=decimal_or_none(described.get("cutoff")),
        tolerance=Decimal(str(described.get("tolerance", "0.5"))),
        features=tuple(
            RegisteredFeature(
                Feature(f["name"]),
                cast("Direction", f["direction"]),
                None if f.get("code") is None else ReasonCode(f["code"]),
                f.get("protected", False),
                f.get("label", ""),
                f.get("unit", ""),
                f.get("type", "number"),
                f.get("label_es", ""),
            )
            for f in described["features"]
        ),
        references={
            cast("ReferenceKind", kind): Reference(
                cast("ReferenceKind", kind),
                reference.get("n", 0),
                _statistics(_members(reference, "means")),
                _statistics(_members(reference, "medians")),
                reference.get("sha256", ""),
            )
            for kind, reference in _members(described, "references").items()
            if reference is not None
        },
        method=described.get("method", "near_cutoff"),
        levers=tuple(_lever(lever) for lever in described.get("levers", ())),
        age_attestation=described.get("age_attestation", ""),
    )


def _lever(described: Mapping[str, Any]) -> Lever:
    return Lever(
        described["input"],
        described["label"],
        described["unit"],
        tuple(Decimal(factor) for factor in described.get("factors", ())),
        tuple(Decimal(target) for target in described.get("targets", ())),
        described.get("shares_of", ""),
        {name: Decimal(rate) for name, rate in described.get("moves", {}).items()},
    )


def _members(described: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = described.get(name)
    return {} if held is None else cast("Mapping[str, Any]", held)


def _statistics(numbers: Mapping[str, Any]) -> dict[Feature, Decimal]:
    """Read what is there: a null says no more than a name left out."""
    return {
        Feature(name): Decimal(str(number))
        for name, number in numbers.items()
        if number is not None
    }


def text_of(value: object) -> str:
    """Read what must be text. Raises TypeError."""
    if isinstance(value, str):
        return value
    raise TypeError(value)


def text_or_none(value: object) -> str | None:
    """Read text that may be left out. Raises TypeError."""
    return None if value is None else text_of(value)


def decimal_or_none(value: object) -> Decimal | None:
    """Read a number that may be left out, exactly as it was written."""
    return None if value is None else Decimal(str(value))
