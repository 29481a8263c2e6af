"""The comparison of searches as tables for a person to read."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def print_systems(report: dict[str, Any], peers: Sequence[str], clients: int) -> None:
    """Print each system with its spread and its ratio to the fastest peer."""
    systems: dict[str, dict[str, Any]] = report["systems"]
    by_four = f"per_second_by_{clients}"
    best = {
        key: max((systems[peer][key]["median"] for peer in peers), default=None)
        for key in ("per_second_by_one", by_four)
    }
    table = Table(title=f"{report['passages']} passages, {report['queries']} questions")
    for column in ("system", "p50 ms", "p95 ms", "/s, 1 client", "x fastest peer"):
        table.add_column(column)
    for column in (f"/s, {clients} clients", "x fastest peer", "nDCG@10", "recall@10"):
        table.add_column(column)
    for name, held in systems.items():
        cells = [name, _shown(held["p50_ms"]), _shown(held["p95_ms"])]
        for key in ("per_second_by_one", by_four):
            fastest = best[key]
            ratio = "" if fastest is None else f"{held[key]['median'] / fastest:.2f}"
            cells += [_shown(held[key]), ratio]
        table.add_row(*cells, f"{held['ndcg_at_10']:.3f}", f"{held['recall_at_10']:.3f}")
    Console(width=150).print(table)
    print("load averages:", report["machine"]["load_average_by_round"])


def print_filtered(reports: Sequence[dict[str, object]]) -> None:
    """Print how much of the exact nearest ten is found, case by case."""
    table = Table(title="Semantic search under filters, against an exact scan")
    columns = ["case", "visible_share", "recall_at_10", "recall_at_10_in_the_pool"]
    columns += ["p50_ms", "p95_ms"]
    for column in columns:
        table.add_column(column)
    for row in reports:
        table.add_row(*(str(row[column]) for column in columns))
    Console(width=150).print(table)


def _shown(spread: dict[str, float]) -> str:
    return f"{spread['median']:.1f} ({spread['min']:.1f}-{spread['max']:.1f})"
