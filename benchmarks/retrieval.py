"""Measures the search on outside test sets, out of fold where something was learned.

`uv run python -m benchmarks.retrieval --sets ../shared/benchmarks --policies ../shared/policies`
writes `benchmarks/results/retrieval.json`. The question map is learned anew for each fifth of
ObliQA's development questions without that fifth; the untuned figure stands beside it. The first
run embeds for about ten minutes on two cores, later ones take the vectors that were kept.
"""

import argparse
import asyncio
import csv
import gzip
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uuid_utils.compat

from app.db.upgrade import upgrade
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.home import home
from retrieval.evaluate import TestSet, evaluate, read_test_set
from retrieval.evaluation import Question
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.passages import Profile
from retrieval.question_map import IDENTITY, QuestionMap
from retrieval.rerank import CrossEncoder
from retrieval.train_question_map import (
    FOLDS,
    finding_aid_pairs,
    fold_of,
    learn,
    obliqa_pairs,
)

RESULTS = Path(__file__).parent / "results" / "retrieval.json"
THOROUGH_SAMPLE = 60
Report = dict[str, Any]


class Bench:
    """What every measurement shares."""

    def __init__(self, owner_url: str, cache: Path) -> None:
        self.owner_url = owner_url
        self.cache = cache

    async def run(
        self,
        test_set: TestSet,
        question_map: QuestionMap | None,
        *,
        profile: Profile = "interactive",
        k: int = 10,
        lexical_weight: float | None = None,
        embedder_for: Callable[[Question], OnnxEmbedder] | None = None,
    ) -> Report:
        """Evaluate once."""
        embedder = OnnxEmbedder(question_map=question_map)
        return await evaluate(
            test_set,
            owner_url=self.owner_url,
            embedder=embedder,
            reranker=CrossEncoder(),
            cache=self.cache,
            new_id=uuid_utils.compat.uuid7,
            profile=profile,
            k=k,
            lexical_weight=lexical_weight,
            embedder_for=embedder_for,
        )


async def obliqa(bench: Bench, folder: Path) -> Report:
    """ObliQA dev: the whole with the map out of fold, then each stage on a fifth of it."""
    whole = read_test_set(folder / "passages.jsonl.gz", folder / "dev.jsonl.gz")
    aids = finding_aid_pairs()
    plain = OnnxEmbedder(question_map=IDENTITY)
    maps = [QuestionMap(learn([obliqa_pairs(folder, at, plain), aids])) for at in range(FOLDS)]
    embedders = [OnnxEmbedder(question_map=question_map) for question_map in maps]
    out_of_fold = await bench.run(
        whole, IDENTITY, embedder_for=lambda question: embedders[fold_of(question.id)]
    )
    found: Report = {"fused, out of fold (interactive)": out_of_fold}
    say("ObliQA", found)
    fold = tuple(q for q in whole.questions if fold_of(q.id) == 0)
    few = replace(whole, questions=fold[:THOROUGH_SAMPLE])
    found |= {
        "interactive, first questions of a fold": await bench.run(few, maps[0]),
        "thorough, the same questions": await bench.run(few, maps[0], profile="thorough"),
    }
    fifth = replace(whole, questions=fold)
    found |= {
        "a fifth: bm25": await bench.run(fifth, IDENTITY, lexical_weight=1.0),
        "a fifth: dense untuned": await bench.run(fifth, IDENTITY, lexical_weight=0.0),
        "a fifth: dense, out of fold": await bench.run(fifth, maps[0], lexical_weight=0.0),
        "a fifth: fused untuned": await bench.run(fifth, IDENTITY),
        "a fifth: fused, out of fold": await bench.run(fifth, maps[0]),
    }
    return found


async def acord(bench: Bench, folder: Path) -> Report:
    """ACORD train and validation: judged clauses as candidates, graded, at five."""
    graded: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for split in ("train", "valid"):
        with gzip.open(folder / f"qrels_{split}.tsv.gz", "rt", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                graded[row["query-id"]][row["corpus-id"]] = float(row["score"])
    questions = tuple(
        Question(row["qid"], row["question"], graded[row["qid"]], "", frozenset(graded[row["qid"]]))
        for split in ("train", "valid")
        for row in lines(folder / f"queries_{split}.jsonl.gz")
    )
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as nothing:
        test_set = read_test_set(folder / "corpus.jsonl.gz", Path(nothing.name))
    test_set = replace(test_set, questions=questions)
    return {
        "bm25": await bench.run(test_set, IDENTITY, k=5, lexical_weight=1.0),
        "fused, plain questions": await bench.run(test_set, IDENTITY, k=5),
        "interactive": await bench.run(test_set, None, k=5),
        "thorough": await bench.run(test_set, None, k=5, profile="thorough"),
    }


async def policies(bench: Bench, folder: Path, questions: Sequence[Path]) -> Report:
    """The 100 policy questions, with and without what was made for the seed library."""
    sets = [read_test_set(folder, path) for path in questions]
    both = replace(sets[0], questions=tuple(q for s in sets for q in s.questions))
    bare = replace(
        both,
        editions=tuple(replace(e, aids=((),) * len(e.passages)) for e in both.editions),
    )
    return {
        "without finding aids, plain questions": await bench.run(bare, IDENTITY),
        "plain questions": await bench.run(both, IDENTITY),
        "interactive": await bench.run(both, None),
        "thorough": await bench.run(both, None, profile="thorough"),
    }


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def say(name: str, found: Report) -> None:
    """Print the main figures as they come."""
    for stage, report in found.items():
        figures = {key: report.get(key) for key in ("recall", "map", "ndcg", "hit", "all_gold")}
        print(f"{name:10} {stage:42} {figures}", flush=True)


async def main(options: argparse.Namespace) -> None:
    """Measure what was asked for, and keep the report."""
    state = home(options.home)
    with Attachment("postgres", state) as attachment:
        url = postgres.url(attachment.endpoint, "owner")
        await upgrade(url, now=datetime.now(UTC), new_id=uuid_utils.compat.uuid7)
        bench = Bench(url, state / "cache" / "evaluation")
        report: Report = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        own = Path("tests/evaluation/cases/policy_questions.jsonl")
        for name in options.only:
            began = time.perf_counter()
            load = os.getloadavg()[0]
            if name == "obliqa":
                found = await obliqa(bench, options.sets / "obliqa")
            elif name == "mp":
                folder = options.sets / "obliqa"
                test_set = read_test_set(folder / "passages.jsonl.gz", folder / "mp_val.jsonl.gz")
                found = {
                    "fused untuned": await bench.run(test_set, IDENTITY),
                    "interactive": await bench.run(test_set, None),
                }
            elif name == "acord":
                found = await acord(bench, options.sets / "acord")
            else:
                dev = options.policies / "dev_questions.jsonl"
                found = await policies(bench, options.policies, (dev, own))
            say(name, found)
            report[name] = {
                "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "load_1m": [round(load, 2), round(os.getloadavg()[0], 2)],
                "seconds": round(time.perf_counter() - began),
                "figures": found,
            }
            RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--policies", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    names = ("policies", "acord", "mp", "obliqa")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    sys.exit(asyncio.run(main(parser.parse_args())))
