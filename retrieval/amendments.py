"""What of the shipped law has ended although its document is in force.

The seed's Regulation B is the text of 2022-01-01; its currency notes name what has been amended
since. Those paragraphs end on that day as "amended, text not held": the new words are not here.
"""

import re
from datetime import date

from retrieval.passages import Document, Status

# 91 FR 21620 (22 April 2026), in force from this day: currency_note of the reg-b-1002 documents.
AMENDED_ON = date(2026, 7, 21)
AMENDED = re.compile(
    r"12 CFR 1002\.(4\(b\)|6\(a\)|8(\(|$))|Reg B Comment (6\(a\)-2|2\(p\)-4|4\(b\)-1)$"
)
# What "superseded" and "withdrawn" in the seed's front matter mean as dates.
ENDED: dict[str, date] = {
    "reg-b-1002-appendix-a": date(2024, 3, 20),  # compliance date of the 2023 addresses
    "cfpb-circular-2022-03": date(2025, 5, 12),  # 90 FR 20084
    "cfpb-circular-2023-03": date(2025, 5, 12),
}


def standing_of(citation: str, document: Document) -> tuple[Status, date | None]:
    """Return how a paragraph stands: as its document does, or amended since."""
    if document.slug.startswith("reg-b-1002") and AMENDED.match(citation):
        return Status.AMENDED_TEXT_NOT_HELD, AMENDED_ON
    return document.status, document.effective_to
