"""The verifier's test of restated text, on two test sets of other subjects.

`uv run python -m benchmarks.support --sets DIR [--json]` with SummEdits and SciTab in DIR.

What the verifier asks of a sentence that restates a rule is asked here of a claim: are its
numbers, names and words those of the source? It was made for one subject, so the figures say how
far words and numbers carry without a model of language. Thresholds are chosen on the other
domains (SummEdits) or the other papers (SciTab, five folds), never on those they judge.
"""

import argparse
import gzip
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.verification.quantities import quantities
from app.domain.verification.text import root, roots, words

PUBLISHED = {
    "summedits": "overlap rules 58.9, SummaC 57.1, QAFactEval 67.4, GPT-4 83.2, people 90.6",
    "scitab": "TAPAS 50.3, TAPEX 56.1, Flan-T5-XXL 59.6, GPT-4 78.2, people 92.4 (two classes)",
}
RESULT = Path(__file__).parent / "results" / "support.json"
FOLDS = 5
ORDINARY = frozenset(
    roots(
        """a an the of to in on at by for from with as and or but that this these those it its is
        are was were be been has have had do does did not no will would can could may might he she
        they we you i his her their our your who which when where while also more than"""
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, its source as text, and whether people found it supported."""

    group: str
    text: str
    source: str
    supported: bool


def strangeness(
    claim: Claim, source_words: frozenset[str], source_numbers: frozenset[str]
) -> float:
    """How much of a claim its source does not hold: numbers and names weigh three times."""
    said = [word for word in words(claim.text) if root(word.text) not in ORDINARY]
    numbers = [
        f"{abs(one.value):f}".rstrip("0").rstrip(".") for one in quantities(claim.text, "en")
    ]
    strange = 0.0
    for word in said:
        if root(word.text) not in source_words:
            strange += 3.0 if word.is_capital and not word.opens else 1.0
    strange += 3.0 * sum(number not in source_numbers for number in numbers)
    return strange / max(1, len(said) + len(numbers))


def _numbers(text: str) -> list[str]:
    return [f"{abs(one.value):f}".rstrip("0").rstrip(".") for one in quantities(text, "en")]


def measure(claims: Sequence[Claim]) -> list[float]:
    """Measure every claim against its source; sources are read once."""
    read: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    found = []
    for claim in claims:
        if claim.source not in read:
            read[claim.source] = frozenset(roots(claim.source)), frozenset(_numbers(claim.source))
        found.append(strangeness(claim, *read[claim.source]))
    return found


def balanced(pairs: Iterable[tuple[bool, bool]]) -> float:
    """Balanced accuracy of (said, true) pairs."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    for said, true in pairs:
        right[true].append(said == true)
    return statistics.mean(statistics.mean(found) for found in right.values() if found)


def macro_f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Macro-F1 of two classes."""
    scores = []
    for value in (True, False):
        hit = sum(said == true == value for said, true in pairs)
        wrong = sum(said != true for said, true in pairs)
        scores.append(2 * hit / (2 * hit + wrong) if hit or wrong else 0.0)
    return statistics.mean(scores)


def threshold(claims: Sequence[Claim], values: Sequence[float]) -> float:
    """The bound under which a claim is called supported, best on these claims."""
    bounds = sorted(set(values))[:: max(1, len(set(values)) // 100)]
    return max(
        bounds,
        key=lambda bound: balanced(
            (value <= bound, claim.supported) for claim, value in zip(claims, values, strict=True)
        ),
    )


def out_of_group(claims: Sequence[Claim]) -> dict[str, list[tuple[bool, bool]]]:
    """Judge each group with the bound that suits the other groups."""
    values = measure(claims)
    judged: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for group in sorted({claim.group for claim in claims}):
        others = [i for i, claim in enumerate(claims) if claim.group != group]
        bound = threshold([claims[i] for i in others], [values[i] for i in others])
        for claim, value in zip(claims, values, strict=True):
            if claim.group == group:
                judged[group].append((value <= bound, claim.supported))
    return judged


def summedits(folder: Path) -> list[Claim]:
    """Read SummEdits: summaries with one small edit, against their documents."""
    docs = {doc["doc_id"]: doc["doc"] for doc in _lines(folder / "docs.jsonl.gz")}
    return [
        Claim(item["domain"], item["summary"], docs[item["doc_id"]], bool(item["label"]))
        for item in _lines(folder / "items.jsonl.gz")
    ]


def scitab(folder: Path) -> list[Claim]:
    """Read SciTab without its undecided claims; a paper's claims share a fold."""
    claims = []
    for item in _lines(folder / "items.jsonl.gz"):
        if item["label"] not in {"supports", "refutes"}:
            continue
        rows = [item["table_column_names"], *item["table_content_values"]]
        table = " . ".join(" ".join(map(str, row)) for row in rows)
        fold = str(sum(item["paper_id"].encode()) % FOLDS)
        source = f"{item['table_caption']} . {table}"
        claims.append(Claim(fold, item["claim"], source, item["label"] == "supports"))
    return claims


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    edits = {
        domain: round(100 * balanced(pairs), 1)
        for domain, pairs in out_of_group(summedits(given.sets / "summedits")).items()
    }
    tables = [
        pair for pairs in out_of_group(scitab(given.sets / "scitab")).values() for pair in pairs
    ]
    report = {
        "summedits": {
            "balanced_accuracy": edits,
            "mean": round(statistics.mean(edits.values()), 1),
            "published": PUBLISHED["summedits"],
        },
        "scitab": {
            "claims": len(tables),
            "macro_f1": round(100 * macro_f1(tables), 1),
            "published": PUBLISHED["scitab"],
        },
    }
    RESULT.write_text(json.dumps(report, indent=1) + "\n")
    if given.json:
        print(json.dumps(report))
        return
    for name, figures in report.items():
        print(name, figures)


if __name__ == "__main__":
    main()
