"""Which words of a passage to quote, and which to highlight."""

import re
from itertools import islice

from retrieval.terms import WORD, stem_of, terms_of

SENTENCE = re.compile(r"[^\s].*?(?:[.;:?!](?=\s|$)|$)", re.DOTALL)
MIN_QUOTE, MAX_QUOTE = 40, 400
HIGHLIGHTS = 12
# As `terms` finds words, in any case: lowering a text first may move what follows.
WORD_IN_ANY_CASE = re.compile(WORD.pattern, re.IGNORECASE | re.ASCII)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a text, list items and clauses apart."""
    spans = []
    for line in re.finditer(r"[^\n]+", text):
        for match in SENTENCE.finditer(line.group()):
            start, end = line.start() + match.start(), line.start() + match.end()
            if text[start:end].strip():
                spans.append((start, end))
    return spans


def best_quote(question: str, text: str) -> tuple[int, int]:
    """Return the span of the sentence that shares most with a question, of quotable length."""
    asked = set(terms_of(question))
    candidates = [s for s in sentences(text) if MIN_QUOTE <= s[1] - s[0] <= MAX_QUOTE]
    if not candidates:
        return 0, min(len(text), MAX_QUOTE)

    def shared(span: tuple[int, int]) -> tuple[float, int]:
        held = terms_of(text[span[0] : span[1]])
        hits = len(asked.intersection(held))
        return hits / (len(held) ** 0.5 or 1), -span[0]

    return max(candidates, key=shared)


def highlights(question: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the words of a passage that the question also holds."""
    asked = set(terms_of(question))
    found = (
        (match.start(), match.end())
        for match in WORD_IN_ANY_CASE.finditer(text)
        if stem_of(match.group().lower()) in asked
    )
    return tuple(islice(found, HIGHLIGHTS))
