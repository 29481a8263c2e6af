"""An explanation taken apart: every sentence and quote that is delivered, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.explanation import Draft

# A sentence ends at a full stop, question mark or exclamation mark that white space follows. Cut
# too often ("U.S. dollars") a text is still covered to the last letter, and anyone cuts it alike.
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or a quote as delivered. `number` counts within its place, from 1."""

    where: str
    number: int
    text: str


def sentences_of(draft: Draft) -> tuple[Sentence, ...]:
    """Return the sentences of the summary and of each statement, and each quote whole."""
    return tuple(_sentences(draft))


def _sentences(draft: Draft) -> Iterator[Sentence]:
    yield from _cut("summary", draft.summary)
    for at, statement in enumerate(draft.statements):
        yield from _cut(f"reasons[{at}].statement", statement.text)
        for number, citation in enumerate(statement.citations):
            yield Sentence(f"reasons[{at}].citations[{number}]", 1, citation.quote)


def _cut(where: str, text: str) -> Iterator[Sentence]:
    for number, sentence in enumerate(SENTENCE_END.split(text.strip()), start=1):
        yield Sentence(where, number, sentence)
