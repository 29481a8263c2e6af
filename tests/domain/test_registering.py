"""What may be registered, and what no US lender may use."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.errors import InvalidFields, ProhibitedBasis
from app.domain.models import (
    Direction,
    Feature,
    ModelVersion,
    ReasonCode,
    Reference,
    RegisteredFeature,
    Registration,
)
from app.domain.registering import check_registration
from app.resources import seed_catalogue

CATALOGUE = seed_catalogue()


def registration(*names: str, direction: Direction = "higher_is_better") -> Registration:
    features = [Feature(name) for name in names or ("income",)]
    statistics = dict.fromkeys(features, Decimal(1))
    return Registration(
        ModelVersion("m", "1"),
        higher_is_better=True,
        cutoff=Decimal(500),
        tolerance=Decimal("0.5"),
        features=tuple(RegisteredFeature(n, direction, ReasonCode("C1-08")) for n in features),
        references={
            "near_cutoff": Reference("near_cutoff", 100, statistics, statistics),
            "all_applicants": Reference("all_applicants", 900, statistics, statistics),
        },
        method="near_cutoff",
    )


def test_a_reference_without_a_hash_is_pinned_by_its_numbers() -> None:
    once = check_registration(registration(), CATALOGUE)
    assert {len(r.sha256) for r in once.references.values()} == {64}
    assert once == check_registration(registration(), CATALOGUE)
    shifted = registration()
    near = replace(shifted.references["near_cutoff"], n=101)
    moved = replace(shifted, references={**shifted.references, "near_cutoff": near})
    hashed = check_registration(moved, CATALOGUE)
    assert hashed.references["near_cutoff"].sha256 != once.references["near_cutoff"].sha256


@pytest.mark.parametrize(
    "name",
    ["prot_x", "race", "Religion", "applicant_sex", "gender", "marital_status", "national_origin",
     "spouse_income", "income_public_assistance", "colour", "MARRIAGE", "maritalStatus",
     "applicantRace", "race-code", "is_female", "ethnic group", "spousal.income", "date_of_birth",
     "birthYear", "dob", "age_group", "is_elderly", "telephone_listed", "on_welfare_now"],
)  # fmt: skip
def test_a_prohibited_basis_is_refused_with_its_citation(name: str) -> None:
    with pytest.raises(ProhibitedBasis, match=r"12 CFR 1002"):
        check_registration(registration("income", name), CATALOGUE)


def test_what_is_marked_protected_is_refused_under_any_name() -> None:
    given = registration("harmless")
    marked = replace(given, features=(replace(given.features[0], protected=True),))
    with pytest.raises(ProhibitedBasis, match=r"1002\.6\(b\)\(1\)"):
        check_registration(marked, CATALOGUE)


def test_age_is_allowed_only_by_attestation_and_never_against_the_elderly() -> None:
    for name in ("age", "Applicant Age", "ageInYears", "borrower_age_years"):
        with pytest.raises(ProhibitedBasis, match="attestation"):
            check_registration(registration(name), CATALOGUE)
    attested = replace(registration("age"), age_attestation="Validated 2026-03-01, Model Risk")
    check_registration(attested, CATALOGUE)
    against = replace(registration("age", direction="lower_is_better"), age_attestation="Same")
    with pytest.raises(ProhibitedBasis, match="62 or older"):
        check_registration(against, CATALOGUE)


@pytest.mark.parametrize("name", ["age_of_automobile", "oldest_account_age", "race_car_loan_x"])
def test_the_age_of_things_is_no_prohibited_basis(name: str) -> None:
    if name.startswith("race"):
        with pytest.raises(ProhibitedBasis):  # a name this close is looked at by a person
            check_registration(registration(name), CATALOGUE)
    else:
        check_registration(registration(name), CATALOGUE)


def test_the_chosen_method_needs_its_reference_and_every_reference_is_whole() -> None:
    given = registration("income", "debt")
    chosen = replace(given, method="best_tier")
    with pytest.raises(InvalidFields, match="/references/best_tier: is the chosen method"):
        check_registration(chosen, CATALOGUE)
    partial = Reference("best_tier", 5, {Feature("income"): Decimal(1)}, {})
    with pytest.raises(InvalidFields, match="/references/best_tier/means/debt"):
        check_registration(
            replace(given, references={**given.references, "best_tier": partial}), CATALOGUE
        )


def test_everything_missing_is_named_at_once() -> None:
    given = registration("income", "debt")
    near = given.references["near_cutoff"]
    broken = replace(
        given,
        features=(
            replace(given.features[0], code=None),
            replace(given.features[1], code=ReasonCode("ZZ-1")),
            given.features[1],
        ),
        references={"near_cutoff": replace(near, n=0, means={Feature("income"): Decimal("NaN")})},
    )
    with pytest.raises(InvalidFields) as refused:
        check_registration(broken, CATALOGUE)
    assert {problem.pointer for problem in refused.value.problems} == {
        "/features/0/code",
        "/features/1/code",
        "/features/1/name",
        "/features/2/name",
        "/references/all_applicants",
        "/references/near_cutoff/n",
        "/references/near_cutoff/means/debt",
        "/references/near_cutoff/means/income",
    }
