"""Makes the monotone LightGBM challenger from the same data: `python -m reference.train_gbm`.

One thread and a fixed seed, so that the same data give the same trees.
"""

import hashlib
from typing import Any

import lightgbm
import numpy as np

from reference.applications import FEATURES, application_of_household, derive
from reference.gbm import MODEL, POINTS_PER_LOG_ODDS, VERSION, Boosted
from reference.scorecard import ARTEFACTS
from reference.train import CUTOFF, DECLINED_SHARE, area_under_curve, describe, write_json
from seed.library import scf_households

TREES = 120
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "max_depth": 3,
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "monotone_constraints": [-1 if f.direction == "higher_is_better" else 1 for f in FEATURES],
    "seed": 7,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def main() -> None:
    """Train, place the cutoff at the same share of declines, and describe the model."""
    rows = list(scf_households("develop"))
    values = [derive(application_of_household(row)) for row in rows]
    matrix = np.array([[v[f.name] for f in FEATURES] for v in values])
    late = np.array([float(row["late_payment_12m"]) for row in rows])
    data = lightgbm.Dataset(matrix, late, feature_name=[f.name for f in FEATURES])
    booster = lightgbm.train(PARAMETERS, data, TREES)
    path = ARTEFACTS / f"{MODEL}-{VERSION}.txt"
    path.write_text(booster.model_to_string(), encoding="utf-8")
    raw = -POINTS_PER_LOG_ODDS * np.asarray(booster.predict(matrix, raw_score=True))
    offset = round(CUTOFF - float(np.quantile(raw, DECLINED_SHARE)), 3)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    model = Boosted(booster, offset, CUTOFF, sha256)
    described = describe(
        MODEL,
        VERSION,
        sha256,
        values,
        scores=np.array([float(model.score(v)) for v in values]),
        contributions=[model.explain(v)[1] for v in values],
    )
    write_json(
        ARTEFACTS / f"{MODEL}-{VERSION}.registration.json",
        {**described, "offset": offset, "tolerance": 1},
    )
    demo = list(scf_households("demo"))
    scores = np.array([float(model.score(derive(application_of_household(r)))) for r in demo])
    bad = np.array([float(row["late_payment_12m"]) for row in demo])
    print(f"AUC on the demo split {area_under_curve(-scores, bad):.3f}")  # noqa: T201 -- a script of its own
    print(f"approved {np.mean(scores >= CUTOFF):.1%} of {len(demo)}")  # noqa: T201 -- a script of its own


if __name__ == "__main__":
    main()
