"""The challenger: a monotone gradient-boosted model from LightGBM's text format.

Its attributions are TreeSHAP values (`pred_contrib`) in log-odds, turned into points of the same
scale as the scorecard's; base and contributions add up to the score within half a point.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from reference.applications import FEATURES
from reference.scorecard import ARTEFACTS, claimed, registration

MODEL = "personal-loan-gbm"
VERSION = "1.0.0"
POINTS_PER_LOG_ODDS = 40 / float(np.log(2))
LOWEST, HIGHEST = 300, 850


@dataclass(frozen=True, slots=True)
class Boosted:
    """A booster and what pins it: the cutoff in points, the offset, the file's hash."""

    booster: Any
    offset: float
    cutoff: int
    sha256: str

    def explain(self, values: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """Return the base and each feature's points, rounded to a thousandth."""
        row = np.array([[values[feature.name] for feature in FEATURES]])
        shares = self.booster.predict(row, pred_contrib=True, num_threads=1)[0]
        points = [round(float(-POINTS_PER_LOG_ODDS * share), 3) for share in shares]
        base = round(self.offset + points[-1], 3)
        return base, {f.name: p for f, p in zip(FEATURES, points[:-1], strict=True)}

    def score(self, values: Mapping[str, float]) -> int:
        """Return the score in whole points, kept on its scale."""
        base, points = self.explain(values)
        return min(max(round(base + sum(points.values())), LOWEST), HIGHEST)


@cache
def load() -> Boosted:
    """Read the artefact. Raises ImportError where LightGBM is not installed."""
    import lightgbm  # noqa: PLC0415 -- the scorecard serves without it

    described = registration(MODEL, VERSION)
    path = ARTEFACTS / f"{MODEL}-{VERSION}.txt"
    booster = lightgbm.Booster(model_str=path.read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Boosted(booster, float(described["offset"]), int(described["cutoff"]), sha256)


def answer(values: Mapping[str, float]) -> dict[str, Any]:
    """Score and explain, in the native contract."""
    model, described = load(), registration(MODEL, VERSION)
    base, points = model.explain(values)
    score = model.score(values)
    reference = described["references"][described["method"]]
    is_declined = score < model.cutoff
    return {
        "model": {"name": MODEL, "version": VERSION, "artifact_sha256": model.sha256},
        "score": {"value": score, "min": LOWEST, "max": HIGHEST, "higher_is_better": True},
        "decision": {"cutoff": model.cutoff, "outcome": "decline" if is_declined else "approve"},
        "attribution": {
            "unit": "points",
            "method": "treeshap",
            "base": base,
            "reference": {
                "id": f"{MODEL}-{VERSION}-{reference['kind']}",
                "kind": reference["kind"],
                "n": reference["n"],
                "sha256": reference["sha256"],
            },
            "items": [
                {"feature": name, "value": values[name], "contribution": contribution}
                for name, contribution in points.items()
            ],
        },
        "rules": [],
        "reasons": claimed(described, reference, points) if is_declined else [],
    }
