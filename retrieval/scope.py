"""Which law a question is about, where it says so without a citation.

A question that names a law or a country prefers its documents; it is not limited to them, for
the answer may stand in a comment or a judgment on it.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25 import Floats

PREFERENCE = 0.08  # added to the fused score, 0 to 1, of what the whole question names
PART_PREFERENCE = 0.06  # likewise for a part of it that names a law of its own

# What people call a law or a place, and how the names of its documents begin.
NAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), documents)
    for pattern, documents in (
        (r"\bUK\b|\b[Bb]rit(?:ain|ish)\b|\bUnited Kingdom\b", "uk-"),
        (r"(?<!UK )\bGDPR\b", "eu-gdpr"),
        (r"\bEurope(?:an)?\b|\bEU\b|\b(?:German|French|Spanish|Italian|Austrian|Irish)\b", "eu-"),
        (r"\bAI Act\b", "eu-ai-act"),
        (r"\bFCRA\b|\b[Cc]redit[- ][Rr]eporting (?:[Aa]ct|statute)\b", "usc-15-1681"),
        (r"\bECOA\b|\b[Ee]qual[- ][Cc]redit\b", "usc-15-1691"),
        (r"\b[Ss]tatute\b", "usc-"),
        (r"\bReg(?:ulation|\.)? B\b", "reg-b-"),
        (r"\bReg(?:ulation|\.)? C\b|\bHMDA\b", "reg-c-"),
        (r"\bReg(?:ulation|\.)? E\b", "reg-e-"),
        (r"\bReg(?:ulation|\.)? V\b", "reg-v-"),
        (r"\bReg(?:ulation|\.)? X\b|\bRESPA\b", "reg-x-"),
        (r"\bReg(?:ulation|\.)? Z\b|\bTILA\b", "reg-z-"),
        (r"\bNIST\b", "nist-"),
    )
)


def laws_named(question: str) -> tuple[str, ...]:
    """Return how the names of the documents begin that the question is about; often none."""
    return tuple(documents for pattern, documents in NAMES if pattern.search(question))


def preferences(parts: Sequence[str], documents: NDArray[np.str_]) -> list[Floats]:
    """Return, per part of a question, what is added to each candidate's score for its document.

    A part that names no law is about what the whole question, its first part, names.
    """
    whole = _standing_in(documents, laws_named(parts[0])) * np.float32(PREFERENCE)
    added = [whole]
    for part in parts[1:]:
        own = laws_named(part)
        preferred = _standing_in(documents, own) * np.float32(PART_PREFERENCE) if own else whole
        added.append(preferred)
    return added


def _standing_in(documents: NDArray[np.str_], beginnings: Sequence[str]) -> Floats:
    found = np.zeros(len(documents), dtype=np.float32)
    for beginning in beginnings:
        found[np.char.startswith(documents, beginning)] = 1.0
    return found
