"""What may be registered: complete, comparable, and on no prohibited basis."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import rfc8785

from app.domain.catalogue import Catalogue
from app.domain.errors import FieldProblem, InvalidFields, ProhibitedBasis
from app.domain.models import Feature, Reference, RegisteredFeature, Registration
from app.domain.reasons import PROTECTED_PREFIX

# 12 CFR 1002.2(z), and the inquiries that 1002.5 and 1002.6(b)(3) bar, as models name them.
PROHIBITED = {
    "race": "race",
    "ethnicity": "race or national origin",
    "color": "color",
    "colour": "color",
    "religion": "religion",
    "national_origin": "national origin",
    "nationality": "national origin",
    "country_of_birth": "national origin",
    "sex": "sex",
    "gender": "sex",
    "marital_status": "marital status",
    "married": "marital status",
    "divorced": "marital status",
    "spouse": "marital status",
    "public_assistance": "income from public assistance",
    "welfare": "income from public assistance",
    "childbearing": "childbearing (12 CFR 1002.6(b)(3))",
    "pregnant": "childbearing (12 CFR 1002.6(b)(3))",
    "ccpa_rights_exercised": "the good-faith exercise of consumer credit rights",
}
AGE_NAMES = frozenset({"age", "age_years", "applicant_age", "borrower_age", "customer_age"})
ELDERLY = 62  # 12 CFR 1002.2(o)


def check_registration(registration: Registration, catalogue: Catalogue) -> Registration:
    """Return the registration with its references hashed, or refuse it.

    Raises ProhibitedBasis with the citation for what no lender may use, and InvalidFields
    naming everything else that is missing or contradicts itself.
    """
    for feature in registration.features:
        _refuse_prohibited(feature, registration)
    problems = [*_feature_problems(registration, catalogue), *_reference_problems(registration)]
    if problems:
        raise InvalidFields(problems)
    hashed = {kind: _hashed(reference) for kind, reference in registration.references.items()}
    return replace(registration, references=hashed)


def is_age(feature: Feature) -> bool:
    """Whether a feature is the applicant's age, not that of an account or an automobile."""
    return feature.lower() in AGE_NAMES


def _refuse_prohibited(feature: RegisteredFeature, registration: Registration) -> None:
    name = feature.name.lower()
    if feature.protected or name.startswith(PROTECTED_PREFIX):
        raise ProhibitedBasis(feature.name, "a protected characteristic", "12 CFR 1002.6(b)(1)")
    for word, basis in PROHIBITED.items():
        if name == word or name.startswith(f"{word}_") or name.endswith(f"_{word}"):
            raise ProhibitedBasis(feature.name, basis, "12 CFR 1002.2(z), 1002.6(b)(1)")
    if not is_age(feature.name):
        return
    if not registration.age_attestation.strip():
        why = "age without attestation of a demonstrably and statistically sound system"
        raise ProhibitedBasis(feature.name, why, "12 CFR 1002.6(b)(2)(ii), 1002.2(p)")
    if feature.direction != "higher_is_better":
        why = "age counted against applicants of 62 or older"
        raise ProhibitedBasis(feature.name, why, "12 CFR 1002.6(b)(2)(ii)")


def _feature_problems(registration: Registration, catalogue: Catalogue) -> Iterator[FieldProblem]:
    counts = Counter(feature.name for feature in registration.features)
    if not counts:
        yield FieldProblem("/features", "names none")
    for at, feature in enumerate(registration.features):
        pointer = f"/features/{at}"
        if counts[feature.name] > 1:
            yield FieldProblem(f"{pointer}/name", "is registered twice")
        if feature.code is None:
            yield FieldProblem(f"{pointer}/code", "is needed: no factor may go unnamed")
        elif feature.code not in catalogue:
            yield FieldProblem(f"{pointer}/code", "is not in the catalogue of reviewed statements")


def _reference_problems(registration: Registration) -> Iterator[FieldProblem]:
    """Both populations of comment 9(b)(2)-5, so that the methods can be compared."""
    if registration.tolerance < 0:
        yield FieldProblem("/tolerance", "is negative")
    names = {feature.name for feature in registration.features}
    for kind in ("near_cutoff", "all_applicants"):
        reference = registration.references.get(kind)
        pointer = f"/references/{kind}"
        if reference is None:
            yield FieldProblem(pointer, "is needed (comment 9(b)(2)-5)")
            continue
        if reference.n < 1:
            yield FieldProblem(f"{pointer}/n", "is no population")
        for statistic in ("means", "medians"):
            held = reference.means if statistic == "means" else reference.medians
            for name in sorted(names - held.keys()):
                yield FieldProblem(f"{pointer}/{statistic}/{name}", "is missing")
            for name, number in held.items():
                if not number.is_finite():
                    yield FieldProblem(f"{pointer}/{statistic}/{name}", "is not a finite number")


def _hashed(reference: Reference) -> Reference:
    """Pin a reference that came without a hash by the numbers it holds."""
    if reference.sha256:
        return reference
    content: dict[str, Any] = {
        "kind": reference.kind,
        "n": reference.n,
        "means": {name: _plain(number) for name, number in reference.means.items()},
        "medians": {name: _plain(number) for name, number in reference.medians.items()},
    }
    return replace(reference, sha256=hashlib.sha256(rfc8785.dumps(content)).hexdigest())


def _plain(number: Decimal) -> str:
    return str(number.normalize())
