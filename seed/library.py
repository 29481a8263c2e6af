"""The data that ships with the product: law, reason codes, credit data."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ReasonCodeRow:
    """One line of the reason-code catalogue."""

    code: str
    statement: str
    category: str
    adverse_when: str
    consumer_tip: str
    statement_es: str


def policy_files() -> list[Path]:
    """List the policy documents, by name."""
    return sorted(p for p in (SEED / "policies").glob("*.md") if p.name != "PROVENANCE.md")


def reason_codes() -> tuple[ReasonCodeRow, ...]:
    """Read the catalogue of reviewed statements, in English and Spanish."""
    with (SEED / "reason_codes_es.csv").open(encoding="utf-8", newline="") as file:
        spanish = {row["code"]: row["statement"] for row in csv.DictReader(file)}
    with (SEED / "reason_codes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ReasonCodeRow(
                row["code"],
                row["statement"],
                row["category"],
                row["adverse_when"],
                row["consumer_tip"],
                spanish[row["code"]],
            )
            for row in csv.DictReader(file)
        )


def scf_households(split: str) -> Iterator[dict[str, str]]:
    """Read households with debt from the 2019 Survey of Consumer Finances.

    `split` is `develop` (models are fitted on it) or `demo` (demo, tests, benchmarks).
    """
    path = SEED / "credit" / "scf2019_household_credit.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == split and float(row["total_debt"]) > 0:
                yield row
