"""Takes apart a question that asks several things, so that each part finds its own passage."""

import re

from retrieval.terms import terms_of

MOST_PARTS = 3
FEWEST_TERMS = 2
JOINTS = re.compile(
    r",?\s+and\s+(?=(?:what|which|who|whose|how|when|where|is|are|does|do|must|may|can|in|under|"
    r"for)\b)",
    re.IGNORECASE,
)
ENDS = re.compile(r"[.?!;]\s+")


def parts_of(question: str) -> tuple[str, ...]:
    """Return the question and, where it asks several things, its parts.

    Sentences are parts; a question of one sentence is parted where "and" begins another question
    or another case, if each side says enough to be searched for.
    """
    words = " ".join(question.split())  # long blanks would be gone through again and again
    sentences = _long_enough(ENDS.split(words))
    clauses = sentences if len(sentences) > 1 else _long_enough(JOINTS.split(words))
    if len(clauses) < 2:  # noqa: PLR2004 -- one part is the question itself
        return (question,)
    return (question, *clauses[:MOST_PARTS])


def _long_enough(pieces: list[str]) -> list[str]:
    return [piece.strip() for piece in pieces if len(set(terms_of(piece or ""))) >= FEWEST_TERMS]
