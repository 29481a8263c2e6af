"""What changed between two versions of a passage, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text that both versions have, only the former, or only the later."""

    kind: Literal["kept", "removed", "added"]
    text: str


def compare(former: str, later: str) -> tuple[Change, ...]:
    """Return how the former text becomes the later one; empty where they are the same."""
    if former == later:
        return ()
    before, after = WORDS.findall(former), WORDS.findall(later)
    changes: list[Change] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            changes.append(Change("kept", "".join(before[a:b])))
            continue
        if b > a:
            changes.append(Change("removed", "".join(before[a:b])))
        if d > c:
            changes.append(Change("added", "".join(after[c:d])))
    return tuple(changes)
