"""What is wrong with an audit trail, row by row."""

from dataclasses import dataclass
from typing import Literal

from app.domain.ids import EventId

Defect = Literal[
    "event-changed",
    "event-removed",
    "event-inserted",
    "event-moved",
    "link-changed",
    "link-removed",
    "link-inserted",
    "link-moved",
    "link-broken",
    "tail-cut",
    "chain-rewritten",
    "checkpoint-forged",
    "checkpoint-moved",
    "checkpoint-removed",
]
MOST_FINDINGS = 1000  # of each kind; the rest is counted


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of the links `first` to `last`; both 0 where it concerns no link."""

    defect: Defect
    first: int
    last: int
    detail: str
    event_id: EventId | None = None

    @property
    def line(self) -> str:
        """Say it in one line."""
        named = []
        if self.first:
            several = "" if self.first == self.last else f" to {self.last}"
            named.append(f"seq {self.first}{several}")
        if self.event_id is not None:
            named.append(f"event {self.event_id}")
        return (
            f"{self.defect} ({', '.join(named)}): {self.detail}"
            if named
            else (f"{self.defect}: {self.detail}")
        )


class Findings:
    """Collects findings; neighbours of one kind become one, and no kind grows without end."""

    def __init__(self) -> None:
        self._by_defect: dict[Defect, list[Finding]] = {}
        self.left_out = 0

    def add(self, finding: Finding) -> None:
        """Add a finding, or extend the last one of its kind that it follows."""
        held = self._by_defect.setdefault(finding.defect, [])
        last = held[-1] if held else None
        if (
            last is not None
            and finding.first
            and (last.last, last.detail) == (finding.first - 1, finding.detail)
        ):
            held[-1] = Finding(last.defect, last.first, finding.last, last.detail)
        elif len(held) < MOST_FINDINGS:
            held.append(finding)
        else:
            self.left_out += 1

    def listed(self) -> tuple[Finding, ...]:
        """Return what was found, by the first link concerned."""
        found = [finding for held in self._by_defect.values() for finding in held]
        return tuple(sorted(found, key=lambda f: (f.first, f.last, f.defect)))
