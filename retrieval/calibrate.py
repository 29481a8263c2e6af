r"""Fits how sure a search may be, from questions with and without an answer.

    rationale eval retrieval --passages seed/policies \
        --questions tests/evaluation/cases/policy_calibration.jsonl --outcomes signs.jsonl
    uv run python -m retrieval.calibrate --fit signs.jsonl --check other-signs.jsonl

prints the weights that `retrieval.confidence` holds: a logistic regression with balanced classes
and a ridge, by Newton's method, its intercept moved so that one answerable question in twenty of
the fitted set is refused; and what it then refuses of the checked set, which was not fitted on.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats64 = NDArray[np.float64]
RIDGE = 0.1
STEPS = 50
MAY_REFUSE = 0.05


def fit(signs: Floats64, has_answer: NDArray[np.bool_]) -> tuple[float, Floats64]:
    """Return intercept and weights; both classes count alike, however many there are of each."""
    inputs = np.column_stack([np.ones(len(signs)), signs])
    balance = np.where(has_answer, 0.5 / has_answer.mean(), 0.5 / (1 - has_answer.mean()))
    ridge = RIDGE * np.eye(inputs.shape[1])
    ridge[0, 0] = 0.0
    beta = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-inputs @ beta))
        slope = inputs.T @ (balance * (chance - has_answer)) + ridge @ beta
        curvature = (inputs.T * (balance * chance * (1 - chance))) @ inputs + ridge
        beta -= np.linalg.solve(curvature + 1e-9 * np.eye(len(beta)), slope)
    return float(beta[0]), beta[1:]


def threshold(scores: Floats64, has_answer: NDArray[np.bool_]) -> float:
    """Return the score below which one answerable question in twenty lies."""
    answered = np.sort(scores[has_answer])
    return float(answered[int(MAY_REFUSE * len(answered))])


def area(scores: Floats64, has_answer: NDArray[np.bool_]) -> float:
    """Return the chance that an answerable question scores above an unanswerable one."""
    pairs = scores[has_answer][:, None] - scores[~has_answer][None, :]
    return float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def _read(paths: list[Path]) -> tuple[Floats64, NDArray[np.bool_], int]:
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    judged = [row for row in rows if row["signs"]]
    cited = len(rows) - len(judged)
    return (
        np.array([row["signs"] for row in judged], dtype=np.float64),
        np.array([row["has_answer"] for row in judged], dtype=np.bool_),
        cited,
    )


def main() -> None:
    """Fit, print, and check on what was not fitted on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", type=Path, nargs="+", required=True)
    parser.add_argument("--check", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    signs, has_answer, _ = _read(options.fit)
    intercept, weights = fit(signs, has_answer)
    intercept -= threshold(intercept + signs @ weights, has_answer)
    print(f"INTERCEPT = {intercept:.2f}")  # noqa: T201 -- a script
    print(f"WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights)})")  # noqa: T201 -- likewise
    for name, paths in (("fitted", options.fit), ("checked", options.check)):
        if not paths:
            continue
        signs, has_answer, cited = _read(paths)
        scores = intercept + signs @ weights
        print(  # noqa: T201 -- likewise
            f"{name}: area under the curve {area(scores, has_answer):.3f}; refused "
            f"{(scores[~has_answer] < 0).mean():.2f} of {(~has_answer).sum()} unanswerable, "
            f"{(scores[has_answer] < 0).sum() / (has_answer.sum() + cited):.3f} of "
            f"{has_answer.sum() + cited} answerable"
        )


if __name__ == "__main__":
    main()
