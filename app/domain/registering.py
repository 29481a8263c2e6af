"""What may be registered: complete, comparable, and on no prohibited basis."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import rfc8785

from app.domain.catalogue import Catalogue
from app.domain.errors import FieldProblem, InvalidFields, ProhibitedBasis
from app.domain.models import (
    Feature,
    Reference,
    ReferenceKind,
    RegisteredFeature,
    Registration,
)
from app.domain.reasons import PROTECTED_PREFIX

# 12 CFR 1002.2(z), and the inquiries that 1002.5 and 1002.6(b)(3)-(4) bar, as models name them:
# a feature is refused if its name holds one of these words, or words in that order.
PROHIBITED = {
    "race": "race",
    "racial": "race",
    "ethnic": "race or national origin",
    "ethnicity": "race or national origin",
    "hispanic": "race or national origin",
    "skin_color": "color",
    "color": "color",
    "colour": "color",
    "religion": "religion",
    "religious": "religion",
    "national_origin": "national origin",
    "nationality": "national origin",
    "country_of_birth": "national origin",
    "birth_country": "national origin",
    "birthplace": "national origin",
    "place_of_birth": "national origin",
    "native_language": "national origin",
    "sex": "sex",
    "sexual": "sex",
    "gender": "sex",
    "female": "sex",
    "marital": "marital status",
    "marriage": "marital status",
    "married": "marital status",
    "unmarried": "marital status",
    "divorced": "marital status",
    "widowed": "marital status",
    "spouse": "marital status",
    "spousal": "marital status",
    "public_assistance": "income from public assistance",
    "welfare": "income from public assistance",
    "food_stamps": "income from public assistance",
    "childbearing": "childbearing (12 CFR 1002.6(b)(3))",
    "pregnant": "childbearing (12 CFR 1002.6(b)(3))",
    "pregnancy": "childbearing (12 CFR 1002.6(b)(3))",
    "telephone_listed": "a telephone listing (12 CFR 1002.6(b)(4))",
    "telephone_listing": "a telephone listing (12 CFR 1002.6(b)(4))",
    # Age may count in years alone: only there can be seen who is 62 or older.
    **dict.fromkeys(
        (
            "date_of_birth",
            "birth_date",
            "birthdate",
            "birthday",
            "dob",
            "birth_year",
            "year_of_birth",
            "elderly",
            "age_group",
            "age_band",
            "age_bracket",
        ),
        "age, and not in years",
    ),
    "ccpa_rights_exercised": "the good-faith exercise of consumer credit rights",
}
# The applicant's age, not that of an account or an automobile.
AGE_NAMES = frozenset({"age", "age_years", "age_in_years", "years_of_age"})
PERSONS = frozenset({"applicant", "borrower", "customer", "client", "consumer", "person"})
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
    words = _words(feature).split("_")
    return "_".join(word for word in words if word not in PERSONS) in AGE_NAMES


def _words(name: str) -> str:
    """A name in lower case with its words set apart, however they were joined."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def _holds(words: str, named: str) -> bool:
    return f"_{named}_" in f"_{words}_"


def _refuse_prohibited(feature: RegisteredFeature, registration: Registration) -> None:
    name = feature.name.lower()
    if feature.protected or name.startswith(PROTECTED_PREFIX):
        raise ProhibitedBasis(feature.name, "a protected characteristic", "12 CFR 1002.6(b)(1)")
    for named, basis in PROHIBITED.items():
        if _holds(_words(feature.name), named):
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
    """Both populations of comment 9(b)(2)-5, so that the methods can be compared; each whole."""
    if registration.tolerance < 0:
        yield FieldProblem("/tolerance", "is negative")
    names = {feature.name for feature in registration.features}
    needed: list[ReferenceKind] = ["near_cutoff", "all_applicants", registration.method]
    for kind in dict.fromkeys([*needed, *registration.references]):
        reference = registration.references.get(kind)
        pointer = f"/references/{kind}"
        if reference is None:
            why = "is the chosen method" if kind == registration.method else "is needed"
            yield FieldProblem(pointer, f"{why} (comment 9(b)(2)-5)")
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
