"""Each quote stands word for word in the passage it cites, which is in force and bears."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.explanation import Citation, Dossier, EvidencePassage, Finding, Statement
from app.domain.verification.licence import Licence
from app.domain.verification.text import roots
from app.domain.verification.words.reading import english

LEAST_WORDS: Final = 3
LEAST_LETTERS: Final = 8
# What a passage on the giving of reasons speaks of.
ON_REASONS: Final = re.compile(
    r"\breasons?\b|specific|bad credit history|adverse action|factor|principal reason"
    r"|logic involved|explanation|explain|meaningful information|key factors?|denial|deny|denied"
    r"|credit scoring system|scored|counteroffer|action taken|automated decision"
    r"|decision reached|adversely affect|notif(?:y|ication)|written notice|information needed"
    r"|need not describe|how or why|termination of an account|unfavorable change|actually reviewed"
    r"|making the decision|the notice may say|relate to and accurately describe"
    r"|procedure and principles|principles actually applied|elements of the decision"
    r"|information about decisions|personal data have been used",
    re.IGNORECASE,
)
# Other subjects of the same regulations: a quote about them proves nothing about a reason.
OFF_SUBJECT: Final = re.compile(
    r"\bapprais\w*|\bvaluations?\b|\bretain\w*|\bretention\b|\bpreserv\w*|\brecord ?keeping\b"
    r"|\b(?:25|12|twenty-five) months\b|\bsignatur\w*|\bspous\w*|\bself-test\w*"
    r"|\bmonitoring information\b|\bfurnish\w*|\bethnicity\b|\bpenalt\w*|\bpunitive\b"
    r"|\bclass action\b|\bliab\w*|\bprescreen\w*|\bidentity theft\b|\bprivacy\b|\belectronic fund",
    re.IGNORECASE,
)
GONE: Final = re.compile(
    r"withdrawn|superseded|repealed|rescinded|revoked|expired|replaced|not held|not yet|proposed"
    r"|draft|historical|no longer|void|ended|former",
    re.IGNORECASE,
)
STANDING: Final = re.compile(
    r"final|current|effective|version of the date|adopted|official|valid|vigente"
)
LIMITED: Final = re.compile(r"in force (?:until|through|till|to|from)\b")
THE_REASONS: Final = re.compile(r"principal reason|specific reason", re.IGNORECASE)
DENIED_BEFORE: Final = re.compile(
    r"\b(?:not|never|no|nor|neither|without)(?:\s+(?:be|to|have|been|only))?\s+$", re.IGNORECASE
)
# "not the factors actually used" names a thing; "not be specific" denies what a quote would claim.
THING: Final = re.compile(r"(?:the|an?)\b|[\"\u201c\u2018']", re.IGNORECASE)
SAYS: Final = re.compile(
    r"\b(?:must|shall|may|can|cannot|will|should|is|are|was|were|be|been|has|have|need|needs"
    r"|indicates?|describes?|requires?)\b",
    re.IGNORECASE,
)
# A duty denied is no ground for giving reasons.
DUTY_DENIED: Final = re.compile(
    r"\b(?:must|shall|should|need) not (?:be specific|be disclosed|be given|indicate|disclose"
    r"|relate|contain|provide|give|state|explain|include)|\bnot (?:be )?specific\b",
    re.IGNORECASE,
)
ELLIPSIS: Final = re.compile(r"\s*(?:\[?\.\.\.\]?|\[?\u2026\]?)\s*")
ORDINARY: Final = frozenset(
    roots(
        """a an and any as at be been by credit creditor for from has have in is it its may must
        no not of on or other such that the their this to was were which who will with you your
        applicant application account loan amount number"""
    )
)


def check_quotes(
    statement: Statement, licence: Licence, dossier: Dossier, where: str
) -> Iterator[Finding]:
    """Find citations that prove nothing."""
    if not statement.citations:
        yield Finding("citation-missing", statement.code, where)
    for citation in statement.citations:
        yield from _check(citation, licence, dossier, where)


def cited_passages(citation: Citation, dossier: Dossier) -> list[EvidencePassage]:
    """Return the passages that a citation's address names."""
    address = _address(citation.citation)
    return [passage for passage in dossier.passages if _address(passage.citation) == address]


def _check(citation: Citation, licence: Licence, dossier: Dossier, where: str) -> Iterator[Finding]:
    passages = cited_passages(citation, dossier)
    if not passages:
        yield Finding("passage-unknown", citation.citation, where)
        return
    holding = [p for p in passages if holds(citation.quote, p)]
    if not holding or not _says_something(citation.quote):
        yield Finding("quote-verbatim", citation.quote, where)
        return
    if not any(is_in_force(p) for p in holding):
        yield Finding("passage-not-in-force", citation.citation, where)
    if all(is_torn(citation.quote, p) for p in holding):
        yield Finding("quote-torn", citation.quote, where)
    if not bears(citation.quote, licence):
        yield Finding("quote-off-subject", citation.quote, where)


def _address(citation: str) -> str:
    return " ".join(citation.split()).lower()


def is_in_force(passage: EvidencePassage) -> bool:
    """Whether a passage may be cited as current; partly superseded texts still may."""
    status = passage.status.strip().lower()
    if status.startswith("in force"):
        return LIMITED.match(status) is None
    return bool(STANDING.match(status)) and not GONE.search(status)


def _says_something(quote: str) -> bool:
    return len(quote.split()) >= LEAST_WORDS or len(quote.strip()) >= LEAST_LETTERS


def is_torn(quote: str, passage: EvidencePassage) -> bool:
    """Whether a quote leaves out the word before it that turns it round: "need not describe"."""
    if THING.match(quote.strip()) and not SAYS.search(quote):
        return False
    spans = quote_spans(quote, passage)
    return bool(spans) and DENIED_BEFORE.search(passage.text[: spans[0][0]]) is not None


def holds(quote: str, passage: EvidencePassage) -> bool:
    """Whether a passage holds a quote, each part of it where dots leave words out."""
    return bool(quote_spans(quote, passage))


def quote_spans(quote: str, passage: EvidencePassage) -> list[tuple[int, int]]:
    """Return where each part of a quote stands in a passage, in order; none if one does not."""
    spans: list[tuple[int, int]] = []
    for part in ELLIPSIS.split(quote):
        if not part.strip():
            continue
        found = find_quote(part, passage, spans[-1][1] if spans else 0)
        if found is None:
            return []
        spans.append(found)
    return spans


def find_quote(quote: str, passage: EvidencePassage, at: int = 0) -> tuple[int, int] | None:
    """Return where a quote stands in a passage, whatever white space separates its words."""
    words = quote.split()
    if not words:
        return None
    while (start := passage.text.find(words[0], at)) >= 0:
        end = _match_words(passage.text, start, words)
        if end is not None and _on_boundaries(passage.text, start, end):
            return start, end
        at = start + 1
    return None


def _match_words(text: str, start: int, words: list[str]) -> int | None:
    at = start
    for number, word in enumerate(words):
        if number:
            after = at
            while after < len(text) and text[after].isspace():
                after += 1
            if after == at:
                return None
            at = after
        if not text.startswith(word, at):
            return None
        at += len(word)
    return at


def _on_boundaries(text: str, start: int, end: int) -> bool:
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
    return before and after


def bears(quote: str, licence: Licence) -> bool:
    """Whether a quote is about the giving of reasons or about the factor itself."""
    off = OFF_SUBJECT.search(quote)
    if off is not None and not (frozenset(roots(off.group())) & licence.roots):
        return THE_REASONS.search(quote) is not None
    if DUTY_DENIED.search(quote):
        return False
    if ON_REASONS.search(quote):
        return True
    if (licence.roots - ORDINARY) & frozenset(roots(quote)):
        return True
    return bool(english().tags_in(quote) & licence.subjects)
