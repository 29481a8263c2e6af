import json

import httpx
import numpy as np
import pytest

from reference import gbm, pricing, scorecard, train
from reference.applications import (
    FEATURES,
    RefusedApplication,
    application_of_household,
    derive,
    read_application,
)
from seed.library import scf_households

CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
DESCRIBED = scorecard.registration(scorecard.MODEL, scorecard.VERSION)
HOUSEHOLDS = [application_of_household(row) for row in scf_households("demo")]


def test_contributions_add_up_to_the_score_within_its_range() -> None:
    for application in HOUSEHOLDS:
        answer = scorecard.answer(CARD, DESCRIBED, derive(application))
        attribution = answer["attribution"]
        total = attribution["base"] + sum(i["contribution"] for i in attribution["items"])
        assert total == answer["score"]["value"]
        assert 300 <= total <= 850


def test_a_better_value_never_costs_points() -> None:
    for feature in FEATURES:
        points = CARD.tables[feature.name][1]
        rising = feature.direction == "higher_is_better"
        assert list(points) == sorted(points, reverse=not rising), feature.name


def test_no_protected_column_is_read() -> None:
    assert not any("prot_" in f["name"] or f["protected"] for f in DESCRIBED["features"])


def test_the_registration_describes_this_artefact_and_every_feature() -> None:
    assert DESCRIBED["model"]["artifact_sha256"] == CARD.sha256
    for reference in DESCRIBED["references"].values():
        assert set(reference["means"]) == set(reference["medians"]) == set(CARD.tables)


def test_training_again_gives_the_same_table() -> None:
    rows = list(scf_households("develop"))
    values = [derive(application_of_household(row)) for row in rows]
    bad = np.array([float(row["late_payment_12m"]) for row in rows])
    stored = json.loads(
        (scorecard.ARTEFACTS / f"{scorecard.MODEL}-{scorecard.VERSION}.json").read_text()
    )
    assert train.fit(values, bad) == stored


def test_the_score_ranks_late_payers_lower() -> None:
    late = np.array([float(row["late_payment_12m"]) for row in scf_households("demo")])
    scores = np.array([float(CARD.score(derive(a))) for a in HOUSEHOLDS])
    assert train.area_under_curve(-scores, late) > 0.7


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("annual_income", None, "is missing"),
        ("annual_income", "much", "is not a number"),
        ("annual_income", True, "is not a number"),
        ("annual_income", float("nan"), "not a finite number"),
        ("annual_income", -1, "lies outside"),
        ("payday_loan_12m", 0.5, "neither 0 nor 1"),
        ("shoe_size", 42, "not a field"),
    ],
)
def test_a_bad_field_is_named(field: str, value: object, detail: str) -> None:
    with pytest.raises(RefusedApplication) as refused:
        read_application({**HOUSEHOLDS[0], field: value})
    assert detail in refused.value.problems[field]


def test_the_challenger_explains_its_scores_and_never_rewards_a_worse_value() -> None:
    model = gbm.load()
    described = scorecard.registration(gbm.MODEL, gbm.VERSION)
    assert described["model"]["artifact_sha256"] == model.sha256
    for application in HOUSEHOLDS[::20]:
        values = derive(application)
        answer = gbm.answer(values)
        attribution = answer["attribution"]
        total = attribution["base"] + sum(i["contribution"] for i in attribution["items"])
        assert abs(total - answer["score"]["value"]) <= described["tolerance"]
        for feature in FEATURES:
            worse = 0.5 if feature.direction == "higher_is_better" else 2
            changed = {**values, feature.name: values[feature.name] * worse}
            assert model.score(changed) <= model.score(values), feature.name


def test_the_worked_example_of_a_price() -> None:
    numbers = {
        "annual_income": 60_000.0,
        "monthly_debt_payments": 1650.0,
        "requested_amount": 15_000.0,
        "requested_term_months": 48.0,
    }
    priced = pricing.answer(pricing.load(), numbers, 595)
    assert priced is not None
    # 899 + 500 (tier C) + 50 (48 months) - 25 (amount) + 50 (payment to income 0.33)
    assert priced["price"]["apr_bps"] == 1474
    contributions = sum(item["contribution"] for item in priced["price"]["items"])
    assert priced["price"]["base"] + contributions == priced["price"]["apr_bps"]


def test_a_loan_too_heavy_for_the_income_is_countered_with_a_smaller_one() -> None:
    numbers = {
        "annual_income": 40_000.0,
        "monthly_debt_payments": 1200.0,
        "requested_amount": 20_000.0,
        "requested_term_months": 36.0,
    }
    priced = pricing.answer(pricing.load(), numbers, 640)
    assert priced is not None
    assert float(priced["counteroffer"]["amount"]) < 20_000
    assert priced["rules"] == [{"id": "max_payment_to_income", "code": "C1-09"}]


def test_where_no_smaller_loan_fits_the_application_is_declined_with_its_rule() -> None:
    numbers = {
        "annual_income": 40_000.0,
        "monthly_debt_payments": 1600.0,
        "requested_amount": 20_000.0,
        "requested_term_months": 36.0,
    }
    priced = pricing.answer(pricing.load(), numbers, 640)
    assert priced is not None
    assert priced["outcome"] == "decline"
    assert priced["rules"]


def test_the_server_speaks_the_native_contract_and_v2(model_server: str) -> None:
    native = httpx.post(f"{model_server}/score/personal-loan", json={"application": HOUSEHOLDS[0]})
    tensors = [
        {"name": n, "datatype": "FP64", "shape": [1], "data": [v]} for n, v in HOUSEHOLDS[0].items()
    ]
    infer = httpx.post(f"{model_server}/v2/models/personal-loan/infer", json={"inputs": tensors})
    assert infer.json()["outputs"][0]["data"] == [native.json()["score"]["value"]]
    refused = httpx.post(f"{model_server}/score/personal-loan", json={"application": {"x": 1}})
    assert refused.status_code == 422
    assert {"pointer": "/application/x", "detail": "is not a field of this application"} in (
        refused.json()["errors"]
    )
