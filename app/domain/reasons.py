"""From attributions to principal reasons: what counted against the applicant, and how much.

The rule is pinned, deterministic and the same for every model: how far each factor's
contribution fell below its mean in the registered reference population
(Reg B comment 9(b)(2)-5), summed by reason code.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, localcontext
from typing import TypeVar

from app.domain.errors import (
    AttributionSumOff,
    NotFinite,
    ProtectedFeature,
    ReferenceMissing,
    UnmappedFeature,
)
from app.domain.models import Feature, ReasonCode, Reference, Registration

MAX_PRINCIPAL_REASONS = 4  # Reg B comment 9(b)(2)-1: more are "not likely to be helpful"
PROTECTED_PREFIX = "prot_"
# Sums are exact, whatever their exponents; one of more digits than this is refused, not rounded.
EXACT = Context(prec=2_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])

FeatureValue = Decimal | str | bool | None
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Attribution:
    """What one feature added to the score, in the model's own unit."""

    feature: Feature
    value: FeatureValue
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class RuleHit:
    """An automatic-denial rule that fired (comment 9(b)(2)-8)."""

    id: str
    code: ReasonCode


@dataclass(frozen=True, slots=True)
class Attributed:
    """A score with its additive explanation: `base` plus contributions is the score."""

    score: Decimal
    base: Decimal
    items: tuple[Attribution, ...]
    rules: tuple[RuleHit, ...] = ()
    component: str = "scored"
    judgmental: tuple[ReasonCode, ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipalReason:
    """One reason as ranked; its deficit is None where a rule or a person brought it."""

    code: ReasonCode
    deficit: Decimal | None
    features: tuple[Feature, ...]
    counter_intuitive: bool = False


def principal_reasons(
    decision: Attributed, registration: Registration
) -> tuple[PrincipalReason, ...]:
    """Rank what counted against the applicant, heaviest first.

    Features sharing a code are one reason, summed before ranking; automatic-denial rules
    lead, all of them (-8); scored reasons fill up to four (-1); ties break on the code, so
    the same decision always yields the same notice. Never padded. A reason whose value is
    better than the reference median is kept and flagged (-4).

    Raises NotFinite, ReferenceMissing, ProtectedFeature, UnmappedFeature or
    AttributionSumOff, the first that applies in that order.
    """
    check(decision, registration)
    judged = () if decision.component == "scored" else decision.judgmental
    leading = judged_reasons(decision.rules, judged)
    scored: tuple[PrincipalReason, ...] = ()
    if decision.component == "both" or (
        decision.component == "scored" and not meets_cutoff(decision.score, registration)
    ):  # a gray band gives from both components (-7)
        scored = _scored(decision, registration)
    taken = {reason.code for reason in leading}
    ranked = (*leading, *(reason for reason in scored if reason.code not in taken))
    return ranked[: max(MAX_PRINCIPAL_REASONS, len({rule.code for rule in decision.rules}))]


def judged_reasons(
    rules: Sequence[RuleHit], judgmental: Sequence[ReasonCode]
) -> tuple[PrincipalReason, ...]:
    """Rank what rules and a person brought: rules first, all of them, each code once (-8, -6)."""
    denied = tuple(dict.fromkeys(rule.code for rule in rules))
    brought = tuple(dict.fromkeys((*denied, *judgmental)))
    kept = brought[: max(MAX_PRINCIPAL_REASONS, len(denied))]
    return tuple(PrincipalReason(code, None, ()) for code in kept)


def check(decision: Attributed, registration: Registration) -> None:
    """Refuse attributions that no lawful statement of reasons can be drawn from."""
    _require_finite(decision, registration)
    reference = chosen_reference(registration)
    codes = {f.name: f.code for f in registration.features}
    protected = {f.name for f in registration.features if f.protected}
    forbidden = [i.feature for i in decision.items if _is_protected(i, protected)]
    unmapped = [i.feature for i in decision.items if not codes.get(i.feature)]
    left_out = {*forbidden, *unmapped}
    for item in decision.items:
        if item.feature not in left_out:
            _require_statistics(reference, item.feature)
    if forbidden:
        raise ProtectedFeature(forbidden[0])
    if unmapped:
        raise UnmappedFeature(unmapped[0])
    with localcontext(EXACT):
        total = sum((item.contribution for item in decision.items), start=decision.base)
        if abs(total - decision.score) > registration.tolerance:
            raise AttributionSumOff(total, decision.score)


def _require_finite(decision: Attributed, registration: Registration) -> None:
    named = {
        "The score": decision.score,
        "The base": decision.base,
        "The tolerance": registration.tolerance,
        "The cutoff": registration.cutoff,
    }
    for name, number in named.items():
        if number is not None and not number.is_finite():
            raise NotFinite(name)
    for item in decision.items:
        if not item.contribution.is_finite():
            raise NotFinite(f"The contribution of {item.feature!r}")
        if isinstance(item.value, Decimal) and not item.value.is_finite():
            raise NotFinite(f"The value of {item.feature!r}")
    reference = registration.references.get(registration.method)
    if reference is None:
        return
    for name, statistics in (("mean", reference.means), ("median", reference.medians)):
        for item in decision.items:
            held = statistics.get(item.feature)
            if held is not None and not held.is_finite():
                raise NotFinite(f"The {reference.kind} {name} of {item.feature!r}")


def chosen_reference(registration: Registration) -> Reference:
    """The population this registration compares with. Raises ReferenceMissing."""
    reference = registration.references.get(registration.method)
    if reference is None:
        raise ReferenceMissing(f"{registration.method} reference")
    return reference


def disagreement(
    decision: Attributed, registration: Registration, claimed: Sequence[ReasonCode]
) -> bool:
    """Whether the reasons a model claims differ from ours, in content or in order."""
    ours = tuple(reason.code for reason in principal_reasons(decision, registration))
    return tuple(claimed) != ours


def _require_statistics(reference: Reference, feature: Feature) -> None:
    for name, statistics in (("mean", reference.means), ("median", reference.medians)):
        if statistics.get(feature) is None:
            raise ReferenceMissing(f"{reference.kind} {name} of {feature!r}")


def _is_protected(item: Attribution, protected: Collection[Feature]) -> bool:
    return item.feature.startswith(PROTECTED_PREFIX) or item.feature in protected


def meets_cutoff(score: Decimal, registration: Registration) -> bool:
    """Whether a score passes: at the cutoff it does. Without a cutoff none is said to pass."""
    if registration.cutoff is None:
        return False
    if registration.higher_is_better:
        return score >= registration.cutoff
    return score <= registration.cutoff


def _scored(decision: Attributed, registration: Registration) -> tuple[PrincipalReason, ...]:
    reference = chosen_reference(registration)
    codes = {f.name: f.code for f in registration.features}
    contributed: defaultdict[Feature, Decimal] = defaultdict(Decimal)
    by_code: defaultdict[ReasonCode, dict[Feature, Decimal]] = defaultdict(dict)
    with localcontext(EXACT):
        for item in decision.items:  # a feature told in parts has one contribution: their sum
            contributed[item.feature] += item.contribution
        for feature, contribution in contributed.items():
            code = codes[feature]
            if code is None:
                raise UnmappedFeature(feature)
            shortfall = reference.means[feature] - contribution
            by_code[code][feature] = shortfall if registration.higher_is_better else -shortfall
        totals = {code: sum(parts.values(), start=Decimal(0)) for code, parts in by_code.items()}
    odd = _counter_intuitive(decision.items, by_code, registration)
    adverse = _descending({code: total for code, total in totals.items() if total > 0})
    return tuple(
        PrincipalReason(c, totals[c], _heaviest(by_code[c]), counter_intuitive=c in odd)
        for c in adverse
    )


def _heaviest(deficits: Mapping[Feature, Decimal]) -> tuple[Feature, ...]:
    """The features that carried a code, heaviest first."""
    return tuple(_descending({f: deficit for f, deficit in deficits.items() if deficit > 0}))


def _descending(weights: Mapping[Name, Decimal]) -> list[Name]:
    """Largest first, ties by name. Compared and never negated: a negation would round."""
    return sorted(sorted(weights), key=lambda name: weights[name], reverse=True)


def _counter_intuitive(
    items: Iterable[Attribution],
    deficits: Mapping[ReasonCode, Mapping[Feature, Decimal]],
    registration: Registration,
) -> frozenset[ReasonCode]:
    """Codes with a feature that counted against the applicant although its value was good."""
    medians = chosen_reference(registration).medians
    registered = {f.name: f for f in registration.features}
    odd: set[ReasonCode] = set()
    for item in items:
        feature = registered[item.feature]
        if feature.code is None or isinstance(item.value, bool | str) or item.value is None:
            continue
        better = (
            item.value > medians[item.feature]
            if feature.direction == "higher_is_better"
            else item.value < medians[item.feature]
        )
        if better and deficits[feature.code].get(item.feature, Decimal(0)) > 0:
            odd.add(feature.code)
    return frozenset(odd)
