"""A points scorecard read from JSON: every point of a score has a named source."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARTEFACTS = Path(__file__).parent / "artefacts"
MODEL = "personal-loan"
VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A points table; `sha256` pins the artefact it was read from."""

    name: str
    version: str
    base: int
    min: int
    max: int
    cutoff: int
    tables: Mapping[str, tuple[tuple[float, ...], tuple[int, ...]]]
    sha256: str

    def contributions(self, values: Mapping[str, float]) -> dict[str, int]:
        """Return the points of each feature."""
        return {
            name: points[bisect_left(bounds, values[name])]
            for name, (bounds, points) in self.tables.items()
        }

    def score(self, values: Mapping[str, float]) -> int:
        """Return the score: the base plus all points."""
        return self.base + sum(self.contributions(values).values())


def load(name: str, version: str) -> Scorecard:
    """Read an artefact."""
    content = (ARTEFACTS / f"{name}-{version}.json").read_bytes()
    held: dict[str, Any] = json.loads(content)
    return Scorecard(
        held["name"],
        held["version"],
        held["base"],
        held["min"],
        held["max"],
        held["cutoff"],
        {
            table["name"]: (tuple(table["upper_bounds"]), tuple(table["points"]))
            for table in held["features"]
        },
        hashlib.sha256(content).hexdigest(),
    )


def registration(name: str, version: str) -> dict[str, Any]:
    """Read how the model is described to those who check it."""
    path = ARTEFACTS / f"{name}-{version}.registration.json"
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


def answer(
    scorecard: Scorecard, described: Mapping[str, Any], values: Mapping[str, float]
) -> dict[str, Any]:
    """Score and explain, in the native contract."""
    contributions = scorecard.contributions(values)
    score = scorecard.base + sum(contributions.values())
    reference = described["references"][described["method"]]
    return {
        "model": {
            "name": scorecard.name,
            "version": scorecard.version,
            "artifact_sha256": scorecard.sha256,
        },
        "score": {
            "value": score,
            "min": scorecard.min,
            "max": scorecard.max,
            "higher_is_better": True,
        },
        "decision": {
            "cutoff": scorecard.cutoff,
            "outcome": "approve" if score >= scorecard.cutoff else "decline",
        },
        "attribution": {
            "unit": "points",
            "method": "points_difference",
            "base": scorecard.base,
            "reference": {
                "id": f"{scorecard.name}-{scorecard.version}-{reference['kind']}",
                "kind": reference["kind"],
                "n": reference["n"],
                "sha256": reference["sha256"],
            },
            "items": [
                {"feature": name, "value": values[name], "contribution": points}
                for name, points in contributions.items()
            ],
        },
        "rules": [],
        "reasons": claimed(described, reference, contributions) if score < scorecard.cutoff else [],
    }


def claimed(
    described: Mapping[str, Any], reference: Mapping[str, Any], contributions: Mapping[str, float]
) -> list[str]:
    """Name the model's own idea of its reasons; whoever receives them works them out again."""
    deficits: dict[str, float] = {}
    for feature in described["features"]:
        shortfall = reference["means"][feature["name"]] - contributions[feature["name"]]
        deficits[feature["code"]] = deficits.get(feature["code"], 0.0) + shortfall
    adverse = [code for code, deficit in deficits.items() if deficit > 0]
    return sorted(adverse, key=lambda code: (-deficits[code], code))[:4]
