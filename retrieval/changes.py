"""What changed between two versions of a passage, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

WORDS = re.compile(r"\s+|\S+")
# The matcher's time grows with the square of what differs: above, a change is shown as one.
MOST_COMPARED = 4_000


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
    same_first = _count_same(before, after)
    kept, before, after = "".join(before[:same_first]), before[same_first:], after[same_first:]
    same_last = _count_same(before[::-1], after[::-1])
    changes = [
        Change("kept", kept),
        *_between(before[: len(before) - same_last], after[: len(after) - same_last]),
        Change("kept", "".join(before[len(before) - same_last :])),
    ]
    return tuple(change for change in changes if change.text)


def _between(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    if len(before) + len(after) > MOST_COMPARED:
        yield Change("removed", "".join(before))
        yield Change("added", "".join(after))
        return
    # Blanks are everywhere: they may extend a match and never begin one.
    matcher = SequenceMatcher(str.isspace, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Change("kept", "".join(before[a:b]))
            continue
        if b > a:
            yield Change("removed", "".join(before[a:b]))
        if d > c:
            yield Change("added", "".join(after[c:d]))


def _count_same(before: Sequence[str], after: Sequence[str]) -> int:
    """Return with how many equal words both begin."""
    count = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        count += 1
    return count
