"""A registered scoring model: what it reads, where it cuts, and whom it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NewType

Feature = NewType("Feature", str)
ReasonCode = NewType("ReasonCode", str)

Direction = Literal["higher_is_better", "lower_is_better"]
# The two of comment 9(b)(2)-5, and for prices those who got the best one.
ReferenceKind = Literal["near_cutoff", "all_applicants", "best_tier"]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One released model; the hash pins its artefact."""

    name: str
    version: str
    artifact_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class RegisteredFeature:
    """What a model reads. `direction` says which way the applicant's value is better.

    `label_es` names it in Spanish; without one, Spanish explanations leave its value out.
    """

    name: Feature
    direction: Direction
    code: ReasonCode | None
    protected: bool = False
    label: str = ""
    unit: str = ""
    type: Literal["number", "flag", "category"] = "number"
    label_es: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A population's mean contribution and median value per feature (comment 9(b)(2)-5)."""

    kind: ReferenceKind
    n: int
    means: Mapping[Feature, Decimal]
    medians: Mapping[Feature, Decimal]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Lever:
    """Something an applicant could change, and the steps a search for recourse may take.

    The steps are `factors` of the value itself, or shares of the input `shares_of` added to it,
    and fixed `targets`. `moves` are inputs that change along, by a rate: paying a debt down by
    one dollar lowers total debt by one.
    """

    input: str
    label: str
    unit: str
    factors: tuple[Decimal, ...] = ()
    targets: tuple[Decimal, ...] = ()
    shares_of: str = ""
    moves: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registration:
    """A model version as compliance approved it, with both references and the chosen method.

    `age_attestation` names who attests that a system using age is empirically derived and
    demonstrably and statistically sound (12 CFR 1002.6(b)(2)(ii), 1002.2(p)).
    """

    model: ModelVersion
    higher_is_better: bool
    cutoff: Decimal | None
    tolerance: Decimal
    features: tuple[RegisteredFeature, ...]
    references: Mapping[ReferenceKind, Reference]
    method: ReferenceKind
    levers: tuple[Lever, ...] = ()
    age_attestation: str = ""

    def feature(self, name: Feature) -> RegisteredFeature | None:
        """The registered feature of that name, if the model is known to read it."""
        return next((f for f in self.features if f.name == name), None)
