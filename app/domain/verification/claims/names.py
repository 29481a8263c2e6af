"""A capital within a sentence makes a name of any word: only the case's names may stand."""

from collections.abc import Iterator
from typing import Final

from app.domain.explanation import Finding
from app.domain.verification.reading import Reading
from app.domain.verification.text import Word, listed, root

OPENING: Final = frozenset('.!?:;("\u201c\u00ab\u2014\u2013-/\u2022*[=|\u00bf\u00a1')
# Words that are written with a capital and name nobody.
NOT_NAMES: Final = listed(
    "bank creditor company lender union applicant applicants regulation rule rules act form federal"
    " comment article section appendix i the ltv dti january february march april may june july"
    " august september october november december notice reason reasons summary decision declined"
    " monday tuesday wednesday thursday friday saturday sunday banco entidad"
)


def check_names(reading: Reading, restated: frozenset[int]) -> Iterator[Finding]:
    """Find names of nobody in the case; a name of no meaning is left to the check of words."""
    text = reading.text
    own = text.product.union(*(licence.roots for licence in text.licences))
    for word in reading.words:
        if word.clause in restated or not _is_written_as_name(word, reading.masked):
            continue
        if root(word.text) not in own and reading.lexicon.tags_of(word.lower):
            yield Finding("name-unproved", word.text, text.where)


def _is_written_as_name(word: Word, text: str) -> bool:
    if word.opens or not word.is_capital or word.text.isupper():
        return False
    if word.lower in NOT_NAMES or "'" in word.lower:
        return False
    before = text[: word.start].rstrip()
    return bool(before) and before[-1] not in OPENING
