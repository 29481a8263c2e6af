"""Measures of a ranking, as trec_eval defines them, and of refusals: pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import quantiles

EVERY_GOLD = "multi_hop"  # the kind of question that needs all its gold passages


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the grades of the passages that answer it; none means it has no answer.

    With `counts_below`, an id under a gold id counts as it, and any one gold is enough unless the
    kind is multi_hop (a folder of policy documents; docs/retrieval.md).
    """

    id: str
    text: str
    gold: Mapping[str, float]
    kind: str = ""
    candidates: frozenset[str] | None = None
    counts_below: bool = False

    @property
    def is_answerable(self) -> bool:
        """Whether any passage answers it; a grade of 0 says that one was judged and does not."""
        return any(grade > 0 for grade in self.gold.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search answered: ids, best first, whether it refused and why, and how long it took.

    `signs` is empty where a citation settled the question.
    """

    ranked: tuple[str, ...]
    refused: bool
    ms: float
    signs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The measures of one answered question, each 0 to 1."""

    recall: float
    average_precision: float
    ndcg: float
    reciprocal_rank: float
    hit: bool
    all_gold: bool


def score(question: Question, ranked: Sequence[str], k: int) -> Score:
    """Score a ranking: recall.k, map_cut.k, ndcg_cut.k and recip_rank of trec_eval.

    The question is answerable; the measures of one that is not are undefined.
    """
    gold = {name: grade for name, grade in question.gold.items() if grade > 0}
    found: dict[str, int] = {}
    gains = []
    for rank, name in enumerate(ranked[:k], start=1):
        matched = [g for g in gold if g not in found and _matches(name, g, question)]
        for g in matched:
            found[g] = rank
        gains.append(max((gold[g] for g in matched), default=0.0))
    needs_all = not question.counts_below or question.kind == EVERY_GOLD
    wanted = len(gold) if needs_all else 1
    counted = sorted(found.values())[:wanted]
    ideal = sorted(gold.values(), reverse=True)[: min(k, wanted)]
    best = sum(grade / log2(rank + 1) for rank, grade in enumerate(ideal, start=1))
    gained = sum(
        gain / log2(rank + 1)
        for rank, gain in enumerate(gains, start=1)
        if needs_all or (counted and rank == counted[0])
    )
    return Score(
        recall=len(counted) / wanted,
        average_precision=sum((i + 1) / rank for i, rank in enumerate(counted)) / wanted,
        ndcg=min(1.0, gained / best) if best else 0.0,
        reciprocal_rank=1 / counted[0] if counted else 0.0,
        hit=bool(found),
        all_gold=len(found) == len(gold),
    )


def _matches(name: str, gold: str, question: Question) -> bool:
    if name == gold:
        return True
    return question.counts_below and name.startswith(gold) and name[len(gold)] in "( -.¶"


def report(questions: Sequence[Question], outcomes: Sequence[Outcome], k: int) -> dict[str, object]:
    """Return the means over the questions, and by kind, in the shape the command prints."""
    kinds: defaultdict[str, list[tuple[Question, Outcome]]] = defaultdict(list)
    pairs = list(zip(questions, outcomes, strict=True))
    for question, outcome in pairs:
        kinds[question.kind].append((question, outcome))
    times = sorted(outcome.ms for _, outcome in pairs) or [0.0]
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    unanswerable = [outcome for question, outcome in pairs if not question.is_answerable]
    answerable = [outcome for question, outcome in pairs if question.is_answerable]
    by_kind = {kind: _means(held, k) for kind, held in sorted(kinds.items()) if kind}
    return {
        **_means(pairs, k),
        "k": k,
        "unanswerable_refused": _share(unanswerable),
        "answerable_refused": _share(answerable),
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "by_kind": by_kind,
    }


def _means(pairs: Sequence[tuple[Question, Outcome]], k: int) -> dict[str, object]:
    scores = [score(q, o.ranked, k) for q, o in pairs if q.is_answerable]
    return {
        "questions": len(pairs),
        "recall": _mean([s.recall for s in scores]),
        "map": _mean([s.average_precision for s in scores]),
        "ndcg": _mean([s.ndcg for s in scores]),
        "mrr": _mean([s.reciprocal_rank for s in scores]),
        "hit": _mean([float(s.hit) for s in scores]),
        "all_gold": _mean([float(s.all_gold) for s in scores]),
        "refused": _share([outcome for _, outcome in pairs]),
    }


def _share(outcomes: Sequence[Outcome]) -> float | None:
    return _mean([float(outcome.refused) for outcome in outcomes])


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
