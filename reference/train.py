"""Makes the scorecard and its registration from the survey's development split.

`uv run python -m reference.train` writes the artefacts; the same data give the same bytes.
Weight-of-evidence bins, pooled until the risk is monotone in the declared direction, a
logistic regression over them, points doubling the odds every 40, cutoff at the 30th percentile.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.applications import FEATURES, Feature, application_of_household, derive
from reference.scorecard import ARTEFACTS, MODEL, VERSION, load
from seed.library import scf_households

POINTS_TO_DOUBLE_ODDS = 40.0
BEST_TIER_SCORE = 626  # tier A of the price table
CUTOFF = 560
DECLINED_SHARE = 0.30
NEAR_CUTOFF_SHARE = 0.15  # of all applicants, those next above the cutoff
RIDGE = 1.0
BINS = 6

Vector = NDArray[np.float64]


def main() -> None:
    """Write the artefact, then the registration that describes it."""
    households = list(scf_households("develop"))
    values = [derive(application_of_household(row)) for row in households]
    bad = np.array([float(row["late_payment_12m"]) for row in households])
    artefact = fit(values, bad)
    write_json(ARTEFACTS / f"{MODEL}-{VERSION}.json", artefact)
    scorecard = load(MODEL, VERSION)
    described = describe(
        MODEL,
        VERSION,
        scorecard.sha256,
        values,
        scores=np.array([float(scorecard.score(v)) for v in values]),
        contributions=[scorecard.contributions(v) for v in values],
    )
    write_json(ARTEFACTS / f"{MODEL}-{VERSION}.registration.json", described)
    demo = list(scf_households("demo"))
    scores = np.array([float(scorecard.score(derive(application_of_household(r)))) for r in demo])
    late = np.array([float(row["late_payment_12m"]) for row in demo])
    print(f"AUC on the demo split {area_under_curve(-scores, late):.3f}")  # noqa: T201 -- a script of its own
    print(f"approved {np.mean(scores >= CUTOFF):.1%} of {len(demo)}")  # noqa: T201 -- a script of its own


def fit(values: list[dict[str, float]], bad: Vector) -> dict[str, Any]:
    """Fit the points table."""
    binned = []
    for feature in FEATURES:
        column = np.array([v[feature.name] for v in values])
        binned.append((feature, *_weigh(feature, column, bad)))
    design = np.column_stack([_look_up(column_of(f, values), e, w) for f, e, w in binned])
    weights = _logistic(design, bad)
    factor = POINTS_TO_DOUBLE_ODDS / np.log(2)
    tables: list[dict[str, Any]] = [
        {
            "name": feature.name,
            "upper_bounds": [float(edge) for edge in edges],
            "points": [round(float(-factor * weight * w)) for w in woe],
        }
        for (feature, edges, woe), weight in zip(binned, weights[1:], strict=True)
    ]
    raw = [sum(_points(table, v[str(table["name"])]) for table in tables) for v in values]
    base = CUTOFF - int(np.quantile(raw, DECLINED_SHARE, method="higher"))
    return {
        "name": MODEL,
        "version": VERSION,
        "base": base,
        "min": 300,
        "max": 850,
        "cutoff": CUTOFF,
        "points_to_double_odds": POINTS_TO_DOUBLE_ODDS,
        "features": tables,
    }


def describe(
    name: str,
    version: str,
    sha256: str,
    values: Sequence[Mapping[str, float]],
    *,
    scores: Vector,
    contributions: Sequence[Mapping[str, float]],
) -> dict[str, Any]:
    """Describe a model with both reference populations of comment 9(b)(2)-5, and the best tier."""
    above = np.flatnonzero(scores >= CUTOFF)
    nearest = above[np.argsort(scores[above], kind="stable")]
    best = [int(i) for i in np.flatnonzero(scores >= BEST_TIER_SCORE)]
    near = [int(i) for i in nearest[: int(NEAR_CUTOFF_SHARE * len(values))]]
    return {
        "model": {"name": name, "version": version, "artifact_sha256": sha256},
        "kind": "scoring",
        "higher_is_better": True,
        "cutoff": CUTOFF,
        "tolerance": 0.5,
        "method": "near_cutoff",
        "features": [
            {
                "name": f.name,
                "label": f.label,
                "label_es": f.label_es,
                "unit": f.unit,
                "direction": f.direction,
                "code": f.code,
                "protected": False,
            }
            for f in FEATURES
        ],
        "references": {
            "near_cutoff": _reference(
                "near_cutoff", [contributions[i] for i in near], [values[i] for i in near]
            ),
            "all_applicants": _reference("all_applicants", contributions, values),
            # Whom a price is compared with: those who got the best one.
            "best_tier": _reference(
                "best_tier", [contributions[i] for i in best], [values[i] for i in best]
            ),
        },
    }


def _reference(
    kind: str,
    contributions: Sequence[Mapping[str, float]],
    values: Sequence[Mapping[str, float]],
) -> dict[str, Any]:
    statistics = {
        "kind": kind,
        "n": len(values),
        "means": {
            f.name: round(float(np.mean([c[f.name] for c in contributions])), 6) for f in FEATURES
        },
        "medians": {
            f.name: round(float(np.median([v[f.name] for v in values])), 6) for f in FEATURES
        },
    }
    canonical = json.dumps(statistics, sort_keys=True, separators=(",", ":")).encode()
    return {**statistics, "sha256": hashlib.sha256(canonical).hexdigest()}


def column_of(feature: Feature, values: Sequence[Mapping[str, float]]) -> Vector:
    """Return one feature over all applicants."""
    return np.array([v[feature.name] for v in values])


def _weigh(feature: Feature, column: Vector, bad: Vector) -> tuple[list[float], list[float]]:
    """Cut into quantile bins, pooled until risk falls or rises as declared; return their WoE."""
    edges = sorted({float(e) for e in np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])})
    edges = [edge for edge in edges if edge < column.max()]
    while True:
        index = np.searchsorted(edges, column, side="left")
        goods = np.array([np.sum((index == i) & (bad == 0)) for i in range(len(edges) + 1)]) + 0.5
        bads = np.array([np.sum((index == i) & (bad == 1)) for i in range(len(edges) + 1)]) + 0.5
        woe = np.log((bads / bads.sum()) / (goods / goods.sum()))
        steps = np.diff(woe) if feature.direction == "lower_is_better" else -np.diff(woe)
        wrong = np.flatnonzero(steps < 0)
        if not len(wrong):
            return edges, [float(w) for w in woe]
        del edges[int(wrong[0])]


def _look_up(column: Vector, edges: Sequence[float], woe: Sequence[float]) -> Vector:
    return np.asarray(np.array(woe)[np.searchsorted(edges, column, side="left")])


def _logistic(design: Vector, bad: Vector) -> Vector:
    """Fit by Newton's method with a ridge; coefficients stay at or above zero (monotone)."""
    x = np.column_stack([np.ones(len(design)), design])
    weights = np.zeros(x.shape[1])
    penalty = np.diag([0.0] + [RIDGE] * design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (bad - p) - penalty @ weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        weights = weights + np.linalg.solve(hessian, gradient)
        weights[1:] = np.maximum(weights[1:], 0)
    return weights


def _points(table: Mapping[str, Any], value: float) -> int:
    index = int(np.searchsorted(table["upper_bounds"], value, side="left"))
    return int(table["points"][index])


def area_under_curve(risk: Vector, bad: Vector) -> float:
    """Return the chance that a bad case is ranked riskier than a good one."""
    order = np.argsort(risk, kind="stable")
    ranks = np.empty(len(risk))
    for value in np.unique(risk):
        same = risk == value
        ranks[same] = np.mean(np.flatnonzero(same[order])) + 1
    positives = bad.sum()
    total = ranks[bad == 1].sum() - positives * (positives + 1) / 2
    return float(total / (positives * (len(bad) - positives)))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an artefact, the same content always as the same bytes."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
