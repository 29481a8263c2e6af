"""Reads a text of a draft: names are checked and masked, words and numbers stand apart."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.explanation import Dossier, EvidencePassage, Finding, Language
from app.domain.verification import marks
from app.domain.verification.dates import StatedDate, dates
from app.domain.verification.figures.stated import Figures
from app.domain.verification.lexicon import Lexicon, Term
from app.domain.verification.rules import speaks_of_law
from app.domain.verification.tags import DECIDING
from app.domain.verification.text import Span, Word, sentence_at, words
from app.domain.verification.texts import ReasonText, SummaryText, Text
from app.domain.verification.words.reading import lexicon_of

OF_APPLICANT: Final = re.compile(r"\byou(?:r|'re)?\b|\bwe (?:declin|den)|\bsu\b", re.IGNORECASE)
WINDOW_OF_NAME: Final = re.compile(r"_\d+[a-z]*(?=_|$)")
LAW_REACH: Final = 200  # characters between the last word before a citation and the citation


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read: what was named in it is masked, its numbers and words stand apart."""

    text: Text
    masked: str
    words: tuple[Word, ...]
    terms: tuple[Term, ...]  # of the words that are no part of a number
    figures: Figures
    law_sentences: frozenset[int]  # those that name or quote a law of the case

    @property
    def lexicon(self) -> Lexicon:
        """The words of the language it is written in."""
        return lexicon_of(self.figures.language)

    def clause_at(self, at: int) -> int:
        """Return the clause that holds a place."""
        before = bisect_right(self.words, at, key=lambda word: word.start)
        return self.words[before - 1].clause if before else 0

    def terms_outside(self, clauses: frozenset[int]) -> tuple[Term, ...]:
        """The terms that stand in no clause of these."""
        return tuple(term for term in self.terms if term.clause not in clauses)

    def outside(
        self, clauses: frozenset[int], placed: Iterable[tuple[int, Finding]]
    ) -> Iterator[Finding]:
        """The findings whose place is in no clause of these."""
        return (finding for at, finding in placed if self.clause_at(at) not in clauses)


@dataclass(slots=True)
class _Page:
    """A text whose names are masked one after another; a mask keeps every offset."""

    text: Text
    masked: str
    findings: list[Finding] = field(default_factory=list)
    law: set[int] = field(default_factory=set)  # where a law was named or quoted

    def mask(self, start: int, end: int) -> None:
        self.masked = self.masked[:start] + " " * (end - start) + self.masked[end:]

    def find(self, rule: str, words: str) -> None:
        self.findings.append(Finding(rule, words, self.text.where))


def read(text: Text, dossier: Dossier) -> tuple[Reading, list[Finding]]:
    """Read a text, and say which of the names in it are not the case's."""
    page = _Page(text, text.text)
    _mask_codes(page)
    _mask_features(page)
    _mask_numbers_of_list(page)
    _mask_citations(page, dossier.passages)
    _mask_quotes(page, dossier.passages, lexicon_of(dossier.language))
    _mask_dates(page, dossier)
    page.masked = page.masked.replace("US$", "  $")
    return _reading(page, dossier.language), page.findings


def _reading(page: _Page, language: Language) -> Reading:
    figures = Figures.read(page.masked, language)
    every = tuple(words(page.masked))
    spans = figures.spans
    told = [
        word
        for word in every
        if not any(start <= word.start and word.end <= end for start, end in spans)
    ]
    terms = tuple(lexicon_of(language).terms(told))
    return Reading(page.text, page.masked, every, terms, figures, _law_sentences(page))


def _law_sentences(page: _Page) -> frozenset[int]:
    if not page.law:
        return frozenset()
    every = words(page.text.text)
    before = [[word for word in every if word.start <= start][-1:] for start in page.law]
    return frozenset(
        word.sentence
        for start, last in zip(page.law, before, strict=True)
        for word in last
        if start < word.end + LAW_REACH
    )


def _mask_codes(page: _Page) -> None:
    own = {licence.reason.code for licence in page.text.licences}
    for code in marks.codes(page.text.text):
        if code.text in own:
            page.mask(code.start, code.end)


def _mask_features(page: _Page) -> None:
    """Put a feature's name in words, as long as it was: `inquiries_6m` is "inquiries   "."""
    for licence in page.text.licences:
        for fact in licence.facts:
            if "_" in fact.feature and fact.feature in page.masked:
                name = WINDOW_OF_NAME.sub(lambda m: " " * len(m.group()), fact.feature)
                page.masked = page.masked.replace(fact.feature, name.replace("_", " "))


def _mask_numbers_of_list(page: _Page) -> None:
    """A statement's number in a list is its reason's rank: "(2) Your …"."""
    for listed in marks.numbered(page.masked):
        if isinstance(page.text, ReasonText) and int(listed.text) != page.text.licence.rank:
            page.find("rank-unproved", listed.text)
        page.mask(listed.start, listed.end)


def _mask_citations(page: _Page, passages: Sequence[EvidencePassage]) -> None:
    """A law may be named only by the address of a passage of the case."""
    for cited in marks.cited(page.masked):
        if marks.is_address_of(cited.text, passages):
            page.law.add(cited.start)
        else:
            page.find("citation-unproved", cited.text)
        page.mask(cited.start, cited.end)


def _mask_quotes(page: _Page, passages: Sequence[EvidencePassage], lexicon: Lexicon) -> None:
    for quote in marks.quoted(page.masked):
        if _is_said_by_law(quote, page.masked, passages, lexicon):
            page.law.add(quote.start)
            page.mask(quote.start, quote.end)


def _is_said_by_law(
    quote: Span, text: str, passages: Sequence[EvidencePassage], lexicon: Lexicon
) -> bool:
    """Whether quoted words are a passage's and are told as its words, not of the applicant."""
    if not any(_squeezed(quote.text) in _squeezed(passage.text) for passage in passages):
        return False
    around = sentence_at(text, quote.start).text.replace(quote.text, " ")
    return speaks_of_law(lexicon.read(around)) and not OF_APPLICANT.search(around)


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,;")


def _mask_dates(page: _Page, dossier: Dossier) -> None:
    """A date is one of a fact, or the decision's and told of it."""
    known = [day for licence in page.text.licences for day in licence.dates]
    for stated in dates(page.masked, dossier.language):
        is_known = any(stated.is_of(day) for day in known)
        if not is_known and not _is_of_decision(stated, page, dossier):
            page.find("date-unproved", stated.words)
        page.mask(stated.start, stated.end)


def _is_of_decision(stated: StatedDate, page: _Page, dossier: Dossier) -> bool:
    if not stated.is_of(dossier.decided_on):
        return False
    if isinstance(page.text, SummaryText):
        return True
    told = lexicon_of(dossier.language).read(sentence_at(page.masked, stated.start).text)
    return any(term.tags & (DECIDING | {"now"}) for term in told)
