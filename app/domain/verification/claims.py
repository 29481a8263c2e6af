"""What the words of a text claim, each held against what its reasons let it say.

A text is read as terms (see `lexicon`). A term passes where it adds no claim, where a reason
licenses it, or where a check of its own kind finds it true; any other is a finding.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.decisions import Action
from app.domain.explanation import Dossier, EvidencePassage, Finding, Language, Side
from app.domain.verification import marks
from app.domain.verification.dates import dates
from app.domain.verification.figures import Figures, check_figures, sides_of_ratio
from app.domain.verification.guards import check_guards
from app.domain.verification.lexicon import Lexicon, Tags, Term
from app.domain.verification.licence import Licence
from app.domain.verification.quantities import Quantity
from app.domain.verification.rules import is_restated, speaks_of_law
from app.domain.verification.text import (
    Span,
    Word,
    folded,
    root,
    roots,
    sentence_at,
    words,
)
from app.domain.verification.units import TIME
from app.domain.verification.words.reading import english, lexicon_of

# Tags that a check of their own looks after.
CHECKED = frozenset(
    {"high", "low", "not", "unable", "none", "enough", "good", "bad", "against", "top", "next"}
    | {"now", "declined", "approved", "countered", "closed", "changed", "grant"}
    | {"incomplete_application", "first", "second", "third", "fourth", "cause", "broad", "contrast"}
)
DECIDING = frozenset(
    {
        "deciding",
        "against",
        "bad",
        "declined",
        "approved",
        "grant",
        "countered",
        "closed",
        "changed",
        "incomplete_application",
    }
)
TURNED = frozenset({"high", "low", "enough", "good"})  # what a negation turns round
REFUSING = frozenset({"declined", "counteroffer", "incomplete", "terms_changed"})
DENIED_OR_PRAISED = frozenset({"good", "bad", "against", "not", "unable", "none"})
ORDINALS = {"second": 2, "third": 3, "fourth": 4}
ABOVE = re.compile(
    r"(?:was |were |is |are |runs? |ran |stands? )?(?:much )?(?:higher|greater|larger|more|bigger) than|exceed\w*|above|outstrip\w*|outpace\w*"
    r"|surpass\w*|outweigh\w*|superan?|super\u00f3|superaron|exceden?|excedi\u00f3|rebasan?"
    r"|mayor(?:es)? (?:que|a)|m\u00e1s (?:que|de lo que)|por encima de"
)
RELATIVE = re.compile(
    r"(?:relative|in relation|in proportion) to|as an? (?:share|percentage|part) of|en relaci\u00f3n con|respecto (?:a|al|de|del)|frente a(?: sus?| l[ao]s?)?"
)
FUTURE = re.compile(r"(?!quer)\w{3,}(?:r\u00e1|r\u00e1n|r\u00e9|remos)")
READERS_FUTURE = (
    "encontrar", "ver", "hallar", "leer", "podr", "quizr", "mostrar", "detallar", "explicar"
)  # fmt: skip
AUXILIARY = frozenset(
    [
        "have",
        "had",
        "has",
        "did",
        "do",
        "does",
        "also",
        "then",
        "not",
        "could",
        "can",
        "be",
        "been",
        "were",
        "was",
        "are",
        "is",
        "first",
        "only",
        "just",
        "therefore",
        "carefully",
        "fully",
        "both",
        "all",
        "again",
        "in",
        "on",
        "the",
        "your",
        "this",
        "it",
        "that",
        "each",
        "as",
        "at",
    ]
)
WE_MAY = frozenset({"regret", "write", "wish", "thank", "want", "hope", "understand"})
WE_DO = frozenset(
    root(word)
    for word in [
        "find",
        "found",
        "consider",
        "considered",
        "count",
        "counted",
        "treat",
        "treated",
        "regard",
        "regarded",
        "judge",
        "judged",
        "score",
        "scored",
        "record",
        "recorded",
        "review",
        "reviewed",
        "look",
        "looked",
        "see",
        "saw",
        "seen",
        "note",
        "noted",
        "weigh",
        "weighed",
        "take",
        "took",
        "taken",
        "give",
        "gave",
        "given",
        "compare",
        "compared",
        "measure",
        "measured",
        "assess",
        "assessed",
        "evaluate",
        "evaluated",
        "check",
        "checked",
        "try",
        "tried",
        "attempt",
        "attempted",
        "verify",
        "verified",
        "confirm",
        "confirmed",
        "reach",
        "reached",
        "obtain",
        "obtained",
        "get",
        "got",
        "receive",
        "received",
        "hold",
        "held",
        "list",
        "listed",
        "name",
        "named",
        "state",
        "stated",
        "disclose",
        "disclosed",
        "report",
        "reported",
        "explain",
        "explained",
        "tell",
        "told",
        "rank",
        "ranked",
        "put",
        "use",
        "used",
        "rely",
        "relied",
        "base",
        "based",
        "determine",
        "determined",
        "decide",
        "decided",
        "make",
        "made",
        "close",
        "closed",
        "change",
        "changed",
        "issue",
        "issued",
        "locate",
        "located",
        "contact",
        "contacted",
        "accept",
        "identify",
        "identified",
        "read",
        "examine",
        "examined",
        "need",
        "came",
        "come",
        "say",
        "said",
        "set",
        "go",
        "went",
        "keep",
        "kept",
        "show",
        "shown",
        "describe",
        "described",
        "know",
        "lend",
        "extend",
        "think",
        "feel",
        "believe",
        "notice",
        "noticed",
        "reflect",
        "factor",
        "factored",
        "rate",
        "rated",
        "mark",
        "marked",
        "study",
        "studied",
        "send",
        "sent",
        "attach",
        "attached",
        "provide",
        "provided",
        "include",
        "included",
        "answer",
        "answered",
        "respond",
        "responded",
        "turn",
        "turned",
        "reject",
        "rejected",
        "refuse",
        "refused",
        "deny",
        "denied",
        "decline",
        "declined",
        "approve",
        "approved",
        "grant",
        "granted",
        "offer",
        "offered",
        "refinance",
        "finance",
        "raise",
        "open",
        "opened",
        "process",
        "processed",
        "reconsider",
        "calculate",
        "calculated",
        "compute",
        "computed",
        "figure",
        "add",
        "added",
        "run",
        "ran",
        "conclude",
        "concluded",
        "settle",
        "settled",
        "view",
        "viewed",
        "select",
        "selected",
        "pick",
        "picked",
        "choose",
        "chose",
        "require",
        "finish",
        "completed",
        "complete",
        "enter",
        "entered",
        "log",
        "logged",
        "write",
        "wrote",
        "call",
        "called",
        "went",
    ]
)
OPENING = frozenset('.!?:;("\u201c\u00ab\u2014\u2013-/\u2022*[=|\u00bf\u00a1')
NOT_NAMES = frozenset(
    [
        "bank",
        "creditor",
        "company",
        "lender",
        "union",
        "applicant",
        "applicants",
        "regulation",
        "rule",
        "rules",
        "act",
        "form",
        "federal",
        "comment",
        "article",
        "section",
        "appendix",
        "i",
        "the",
        "ltv",
        "dti",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "notice",
        "reason",
        "reasons",
        "summary",
        "decision",
        "declined",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "banco",
        "entidad",
    ]
)
TO_READER = frozenset({"you", "your", "you're", "usted", "su", "sus", "tu", "tus"})
LAW = frozenset(
    root(word)
    for word in [
        "law",
        "regulation",
        "rule",
        "rules",
        "statute",
        "commentary",
        "act",
        "section",
        "article",
        "comment",
        "interpretation",
        "appendix",
        "norma",
        "normas",
        "ley",
        "reglamento",
        "comentario",
        "artículo",
        "regla",
        "interpretación",
        "apéndice",
    ]
)
NOSOTROS = tuple(
    """verific revis deneg deneg aprob ofrec consider cont tuv ten pod pud logr encontr vimos ve recib
    evalu analiz registr constat hall comprob obt valor tom som est hem hab juzg explic detall expon
    enumer lament sent agradec comunic inform indic senal decid resolv rechaz neg cerr cancel modific
    cambi present conced otorg autoriz dimos quer deb escrib remit calific puntu estim apreci comput
    contabiliz med compar localiz acced confirm identific dispon ultimo proximo maximo minimo tramo
    ramo pusi dam llam sab entend prestam consegu consult intent trat incluy list mostr dec dij lleg""".split()
)
PRODUCT = frozenset(roots("account application loan line credit request financing"))
DENIAL = re.compile(
    r"\b(?:no|not|never|without|cannot|incomplete|missing|out of (?:our )?reach|un\w+ed|un\w+able"
    r"|freeze|frozen)\b|n't\b|=\s*(?:0|false)\b",
    re.IGNORECASE,
)
HAVING = re.compile(
    r"\b(?:own|owns|owned|owner|homeowner|employed|propietari\w+|due\u00f1\w|emplead\w|tiene)\b",
    re.IGNORECASE,
)
RENTING = re.compile(
    r"\b(?:rent\w*|tenant|lease\w*|unemployed|alquil\w*|rent\w*|inquilin\w*|arrend\w*|desemplead\w|other than)\b",
    re.IGNORECASE,
)
WITH_US = re.compile(
    r"\bwith (?:us|our (?:bank|company|credit union))\b|\bcon nosotros\b", re.IGNORECASE
)
STANDING = re.compile(
    r"(?:is|are|been|was|were) (?:delinquent|past due|late|behind) for\b|est\u00e1n? en mora desde|lleva\w* .{0,20}en mora",
    re.IGNORECASE,
)
OPPOSITE: dict[Side, Side] = {"high": "low", "low": "high"}
REACH = 5  # terms between a negation and what it denies
SAME_SUBJECTS = 2
MANY_TOPICS = 4  # a word of more topics than this tells none of them
ACTIONS: dict[str, frozenset[Action]] = {
    "declined": frozenset({"declined"}),
    "approved": frozenset({"approved", "less_favorable_terms"}),
    "countered": frozenset({"counteroffer", "less_favorable_terms", "terms_changed"}),
    "closed": frozenset({"account_terminated"}),
    "changed": frozenset({"terms_changed", "less_favorable_terms", "counteroffer"}),
    "incomplete_application": frozenset({"incomplete"}),
}
RULE_NAMES = {
    "x:threshold": "threshold-unproved",
    "x:generic": "reason-generic",
    "x:advice": "advice",
    "x:promise": "promise",
    "x:inference": "cause-unproved",
    "x:comparison": "comparison-unproved",
    "x:prohibited": "prohibited-basis",
    "x:proxy": "proxy",
    "x:right": "right-unproved",
    "x:action": "action-misstated",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be checked: a statement has one licence, the summary those of all reasons."""

    text: str
    where: str
    licences: tuple[Licence, ...]
    is_summary: bool
    product: frozenset[str] = frozenset()  # the roots of the product's name


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text read: what was named in it is masked, its numbers and words stand apart."""

    source: Passage
    masked: str
    terms: tuple[Term, ...]
    figures: Figures
    law_sentences: frozenset[int]
    lexicon: Lexicon
    words: tuple[Word, ...]


def product_roots(dossier: Dossier) -> frozenset[str]:
    """The words that only name what was applied for."""
    return frozenset(roots(dossier.product.replace("-", " "))) | PRODUCT


def check_text(text: Passage, dossier: Dossier) -> Iterator[Finding]:
    """Find everything a text claims that its reasons do not carry."""
    language: Language = dossier.language
    reading, findings = _read(text, dossier, language)
    restated = _restated(reading, dossier, language)
    yield from findings
    guards = check_guards(
        reading.masked,
        language,
        text.licences,
        text.where,
        is_summary=text.is_summary,
        action=dossier.action,
    )
    yield from _outside(guards, reading, restated)
    yield from _names(reading, text, dossier, restated)
    yield from _outside(
        check_figures(reading.figures, text.licences, dossier, text.where), reading, restated
    )
    terms = [term for term in reading.terms if term.clause not in restated]
    yield from _words(terms, text, dossier, reading.lexicon)
    yield from _sides(terms, text)
    yield from _denials(terms, text, dossier)
    yield from _causes(terms, text)
    if not text.is_summary:
        yield from _comparisons(terms, text)
    yield from _tenses(terms, text, language)
    if language == "en":
        yield from _agents(terms, text)
    elif not text.is_summary:
        yield from _spanish_agents(terms, text)
    yield from _breadth(terms, text)
    yield from _ranks(terms, text)
    yield from _actions(terms, text, dossier)
    if not text.is_summary:
        yield from _subject(reading, text.licences[0], text.where)


def _outside(
    findings: Iterable[tuple[int, Finding]], reading: _Reading, restated: frozenset[int]
) -> Iterator[Finding]:
    for at, finding in findings:
        if _clause_at(reading, at) not in restated:
            yield finding


def _clause_at(reading: _Reading, at: int) -> int:
    before = [word.clause for word in reading.words if word.start <= at]
    return before[-1] if before else 0


def _read(text: Passage, dossier: Dossier, language: Language) -> tuple[_Reading, list[Finding]]:
    """Mask what the text names, check those names, and read the rest."""
    findings: list[Finding] = []
    masked = text.text
    law: set[int] = set()
    held = dossier.passages

    def mask(span: tuple[int, int], *, is_law: bool = False) -> None:
        nonlocal masked
        start, end = span
        if is_law:
            law.add(start)
        masked = masked[:start] + " " * (end - start) + masked[end:]

    codes = {licence.reason.code for licence in text.licences}
    for code in marks.codes(text.text):
        if code.text in codes:
            mask((code.start, code.end))
    for licence in text.licences:
        for fact in licence.facts:
            if "_" in fact.feature and fact.feature in masked:
                masked = masked.replace(fact.feature, _spoken(fact.feature))
    for listed in marks.numbered(masked):
        if not text.is_summary and int(listed.text) != text.licences[0].rank:
            findings.append(Finding("rank-unproved", listed.text, text.where))
        mask((listed.start, listed.end))
    for cited in marks.cited(masked):
        if marks.is_address_of(cited.text, held):
            mask((cited.start, cited.end), is_law=True)
        else:
            findings.append(Finding("citation-unproved", cited.text, text.where))
            mask((cited.start, cited.end))
    for quote in marks.quoted(masked):
        if _is_said_by_law(quote, masked, held, lexicon_of(language)):
            mask((quote.start, quote.end), is_law=True)
    for stated in dates(masked, language):
        tells = words(sentence_at(masked, stated.start).text)
        of_decision = any(
            term.tags & (DECIDING | {"now"}) for term in lexicon_of(language).terms(tells)
        )
        if any(stated.is_of(day) for one in text.licences for day in one.dates):
            mask((stated.start, stated.end))
            continue
        if not stated.is_of(dossier.decided_on) or not (text.is_summary or of_decision):
            findings.append(Finding("date-unproved", stated.words, text.where))
        mask((stated.start, stated.end))
    masked = masked.replace("US$", "  $")
    figures = Figures.read(masked, language)
    spans = figures.spans
    lexicon = lexicon_of(language)
    found = [word for word in words(masked) if not _inside(word, spans)]
    terms = tuple(lexicon.terms(found))
    every = words(text.text)
    law_sentences = (
        frozenset(
            word.sentence
            for word in every
            for start in law
            if word.start <= start < word.end + 200 and _same_sentence(every, word, start)
        )
        if law
        else frozenset()
    )
    return _Reading(
        text, masked, terms, figures, law_sentences, lexicon, tuple(words(masked))
    ), findings


def _same_sentence(every: Sequence[Word], word: Word, at: int) -> bool:
    at_or_before = [other.sentence for other in every if other.start <= at]
    return bool(at_or_before) and at_or_before[-1] == word.sentence


def _inside(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start and word.end <= end for start, end in spans)


def _is_said_by_law(
    quote: Span, text: str, held: Sequence[EvidencePassage], lexicon: Lexicon
) -> bool:
    """Whether quoted words are a passage's and are told as its words, not of the applicant."""
    if not any(_squeezed(quote.text) in _squeezed(passage.text) for passage in held):
        return False
    around = sentence_at(text, quote.start).text.replace(quote.text, " ")
    terms = lexicon.terms(words(around))
    return speaks_of_law(terms) and not re.search(
        r"\byou(?:r|'re)?\b|\bwe (?:declin|den)|\bsu\b", around, re.IGNORECASE
    )


def _spoken(feature: str) -> str:
    """A feature's name as words, as long as it was: `inquiries_6m` is "inquiries   "."""
    return re.sub(r"_\d+[a-z]*(?=_|$)", lambda m: " " * len(m.group()), feature).replace("_", " ")


def _names(
    reading: _Reading, text: Passage, dossier: Dossier, restated: frozenset[int]
) -> Iterator[Finding]:
    """A capital within a sentence makes a name of any word: only the case's names may stand."""
    own = frozenset().union(*(licence.roots for licence in text.licences)) | text.product
    for word in reading.words:
        if word.opens or not word.is_capital or word.clause in restated or word.text.isupper():
            continue
        before = reading.masked[: word.start].rstrip()
        if not before or before[-1] in OPENING or root(word.text) in own:
            continue
        if word.lower in NOT_NAMES or "'" in word.lower:
            continue
        tags = reading.lexicon.tags_of(word.lower)
        if tags:  # a word without meaning has its finding already
            yield Finding("name-unproved", word.text, text.where)


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,;")


def _restated(reading: _Reading, dossier: Dossier, language: Language) -> frozenset[int]:
    """Clauses that restate the law faithfully, and so need no fact to carry them.

    A sentence is tried as a whole, and where that fails each clause of it that speaks of law.
    """
    found: set[int] = set()
    for number in {term.sentence for term in reading.terms}:
        terms = [term for term in reading.terms if term.sentence == number]
        if number not in reading.law_sentences and not speaks_of_law(terms):
            continue
        clauses = {term.clause for term in terms}
        is_named = number in reading.law_sentences
        if _may_be_law(terms, is_named=is_named) and is_restated(
            terms, _figures_in(reading, clauses), dossier, language
        ):
            found |= clauses
            continue
        for clause in clauses:
            part = [term for term in terms if term.clause == clause]
            if (
                _may_be_law(part, is_named=False)
                and speaks_of_law(part)
                and is_restated(part, _figures_in(reading, {clause}), dossier, language)
            ):
                found.add(clause)
    return frozenset(found)


def _may_be_law(terms: Sequence[Term], *, is_named: bool) -> bool:
    """Whether a text may tell the law: what is told of "you" must name a law or a duty.

    "You failed to achieve a qualifying score" stands in a passage, and is told of nobody there.
    """
    return is_named or not _addresses(terms) or _names_law(terms)


def _addresses(terms: Sequence[Term]) -> bool:
    return any(word.lower in TO_READER for term in terms for word in term.words)


def _names_law(terms: Sequence[Term]) -> bool:
    return any(root(word.text) in LAW for term in terms for word in term.words)


def _figures_in(reading: _Reading, clauses: set[int]) -> list[Quantity]:
    return [one for one in reading.figures.stated if _clause_at(reading, one.start) in clauses]


def _words(
    terms: Sequence[Term], text: Passage, dossier: Dossier, lexicon: Lexicon
) -> Iterator[Finding]:
    """Each word adds no claim, or belongs to what a reason is about."""
    licensed = frozenset().union(*(licence.tags for licence in text.licences))
    product = english().tags_in(dossier.product.replace("-", " "))
    licensed |= frozenset(tag for tag in product if tag.startswith("t:"))
    if text.is_summary:
        licensed |= {"t:with_us"}
    if not _counts_monthly(text.licences):
        yield from _monthly(terms, text)
    own = frozenset().union(*(licence.roots for licence in text.licences))
    own |= product_roots(dossier)
    for term in terms:
        if term.tags & licensed or "plain" in term.tags or term.roots <= own:
            continue
        if term.tags & CHECKED:
            continue
        if len(term.words) > 1 and not any(tag.startswith("x:") for tag in term.tags):
            parts = (lexicon.tags_of(word.lower) for word in term.words)
            if all(tags & licensed or "plain" in tags for tags in parts):
                continue
        yield Finding(_rule_for(term), term.text, text.where)


MONTHLY = frozenset(
    root(word) for word in ["month", "monthly", "mes", "mensual", "mensuales", "mensualmente"]
)


def _counts_monthly(licences: Sequence[Licence]) -> bool:
    """Whether a factor is counted by the month; one set against yearly income is not."""
    for licence in licences:
        names = " ".join([licence.reason.statement, *(fact.feature for fact in licence.facts)])
        yearly = re.search(r"(?:debt|loan|balance)_to_income|in relation to income|annual", names)
        if not yearly or re.search(
            r"payment|install|obligation|month|dti|spend", names, re.IGNORECASE
        ):
            return True
    return not licences


def _monthly(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    for term in terms:
        if any(root(word.text) in MONTHLY for word in term.words):
            yield Finding("time-unproved", term.text, text.where)


def _rule_for(term: Term) -> str:
    for tag in sorted(term.tags):
        if tag in RULE_NAMES:
            return RULE_NAMES[tag]
    if any(tag.startswith("t:") for tag in term.tags):
        return "factor-unproved"
    if "rule" in term.tags:
        return "law-unproved"
    if term.words[0].is_capital and not term.words[0].opens and "'" not in term.words[0].lower:
        return "name-unproved"
    return "word-unproved"


def _of_product(term: Term, text: Passage) -> bool:
    return bool(term.roots) and term.roots <= text.product


def _nearest(
    term: Term, terms: Sequence[Term], text: Passage, *, follows: bool = False
) -> tuple[Licence, ...]:
    """The reasons spoken of nearest to a term, first in its own clause; all if none is.

    With `follows` what comes after is nearer: "no credit file", "lack of savings".
    """
    if len(text.licences) == 1:
        return text.licences
    best: tuple[int, int] | None = None
    chosen = text.licences
    at = next(i for i, other in enumerate(terms) if other is term)
    for i, other in enumerate(terms):
        if other.sentence != term.sentence or _of_product(other, text):
            continue
        spoken = _spoken_of(other, text.licences)
        if not spoken or len(spoken) == len(text.licences):
            continue
        distance = 2 * (at - i) if follows and i < at else abs(i - at)
        key = (int(other.clause != term.clause), distance)
        if best is None or key < best:
            best, chosen = key, spoken
    return chosen


def _spoken_of(term: Term, licences: Sequence[Licence]) -> tuple[Licence, ...]:
    """The reasons whose topics a term names; a word of many topics names none."""
    topics = frozenset(tag for tag in term.tags if tag.startswith("t:"))
    if len(topics) > MANY_TOPICS:
        return ()
    return tuple(licence for licence in licences if topics & licence.subjects)


def _tells(term: Term, licence: Licence, licences: Sequence[Licence]) -> bool:
    """Whether a term speaks of this reason and of no other."""
    topics = frozenset(tag for tag in term.tags if tag.startswith("t:"))
    every = frozenset().union(*(one.subjects for one in licences))
    if len(topics) > MANY_TOPICS or (len(topics & every) > 1 and not topics <= licence.subjects):
        return False
    if not topics & licence.subjects:
        return False
    return not any(topics & other.subjects for other in licences if other is not licence)


def _sides(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """A side may be taken only where the decision, the statement or the catalogue takes it."""
    for at, term in enumerate(terms):
        side = _side_of(term)
        if side is None or "plain" in term.tags:
            continue
        if term.words[0].lower in {"below", "above"} and text.is_summary:
            continue  # where the reasons stand
        if term.words[0].lower in {
            "old",
            "long",
            "viejo",
            "antiguo",
            "antigua",
        } and _follows_figure(term, text):
            continue  # "eleven months old" takes no side
        licences = _nearest(term, terms, text)
        if any(term.roots <= one.roots for one in licences) and not _is_denied(terms, at):
            continue
        if _is_denied(terms, at):
            side = OPPOSITE[side]
        if not any(side in one.sides for one in licences):
            yield Finding("direction-unproved", term.text, text.where)


def _follows_figure(term: Term, text: Passage) -> bool:
    before = text.text[max(0, term.start - 12) : term.start].lower().split()
    return bool(before) and before[-1].strip("-") in {
        "months",
        "month",
        "years",
        "year",
        "days",
        "yr",
        "mo",
    }


def _side_of(term: Term) -> Side | None:
    if "enough" in term.tags:
        return "high"
    is_high, is_low = "high" in term.tags, "low" in term.tags
    if is_high == is_low:
        return None
    return "high" if is_high else "low"


def _is_denied(terms: Sequence[Term], at: int, *, by_verb: bool = False) -> bool:
    """Whether a negation stands before a term; with `by_verb` not one that denies a thing."""
    term = terms[at]
    for back in range(at - 1, max(-1, at - REACH), -1):
        other = terms[back]
        if other.sentence != term.sentence or other.clause != term.clause:
            return False
        if other.tags & {"not", "unable", "contrast"} and not (by_verb and "none" in other.tags):
            return True
    return False


def _denials(terms: Sequence[Term], text: Passage, dossier: Dossier) -> Iterator[Finding]:
    """What is denied must be absent by the reason; what is praised counted against nobody."""
    for at, term in enumerate(terms):
        if not term.tags & DENIED_OR_PRAISED:
            continue
        licences = _nearest(term, terms, text, follows=True)
        if (
            "good" in term.tags
            and "plain" not in term.tags
            and not (term.tags & licences[0].tags)
            and not _is_denied(terms, at)
        ):
            yield Finding("direction-unproved", term.text, text.where)
        if {"bad", "against"} & term.tags and _is_denied(terms, at, by_verb=True):
            yield Finding("negation-unproved", term.text, text.where)
        if not term.tags & {"not", "unable", "none"} or term.tags & ({"plain"} | ACTIONS.keys()):
            continue
        if any(one.is_absence or "none" in one.tags for one in licences):
            continue
        if text.is_summary and dossier.action in REFUSING and _is_the_answer(terms, at, dossier):
            continue
        if _denies(terms, at, TURNED) or (
            dossier.action in REFUSING and _denies(terms, at, frozenset({"grant", "approved"}))
        ):
            continue
        yield Finding("negation-unproved", term.text, text.where)


def _is_the_answer(terms: Sequence[Term], at: int, dossier: Dossier) -> bool:
    """Whether "no" is the answer to the application: `the answer is no`, `no card this time`."""
    if terms[at].words[0].lower != "no":
        return False
    following = terms[at + 1] if at + 1 < len(terms) else None
    if following is None or following.clause != terms[at].clause:
        return True
    product = product_roots(dossier)
    return following.words[0].lower in {"from", "to", "for", "on"} or following.roots <= product


def _denies(terms: Sequence[Term], at: int, denied: frozenset[str]) -> bool:
    """Whether a negation falls on a word of these tags: `not high enough`, `could not grant`."""
    for other in terms[at + 1 : at + REACH + 1]:
        if other.clause != terms[at].clause:
            return False
        if other.tags & denied:
            return True
    return False


def _causes(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """A cause may be named of the decision; of a fact only where the reason itself names it."""
    for term in terms:
        if "t:since" in term.tags and any("t:since" in one.aspects for one in text.licences):
            continue
        if "cause" not in term.tags or any(
            "caus" in "".join(one.own_roots) for one in text.licences
        ):
            continue
        around = [other for other in terms if other.sentence == term.sentence]
        if not any(other.tags & DECIDING for other in around):
            yield Finding("cause-unproved", term.text, text.where)


def _comparisons(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """What is set above what: "your income is higher than your spending" turns a ratio round."""
    for at, term in enumerate(terms):
        words_of = " ".join(word.lower for word in term.words)
        if not ABOVE.fullmatch(words_of) and not RELATIVE.fullmatch(words_of):
            continue
        for licence in text.licences:
            sides = sides_of_ratio(licence)
            if sides is None:
                continue
            over, under = sides
            before = _topic(terms, range(at - 1, -1, -1), term, over, under)
            after = _topic(terms, range(at + 1, len(terms)), term, over, under)
            if before == "under" and after == "over":
                yield Finding("direction-unproved", term.text, text.where)


def _topic(
    terms: Sequence[Term], places: Iterable[int], term: Term, over: Tags, under: Tags
) -> str:
    for place in places:
        other = terms[place]
        if other.sentence != term.sentence:
            break
        if other.tags & over and not other.tags & under:
            return "over"
        if other.tags & under and not other.tags & over:
            return "under"
    return ""


def _tenses(terms: Sequence[Term], text: Passage, language: Language) -> Iterator[Finding]:
    """Nothing is said of the future: in Spanish the verb's ending says it."""
    if language != "es":
        return
    for term in terms:
        for word in term.words:
            lowered = word.lower
            if FUTURE.fullmatch(lowered) and not lowered.startswith(READERS_FUTURE):
                yield Finding("promise", word.text, text.where)


def _agents(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """What the lender is said to have done is to look, find and decide, nothing else."""
    for at, term in enumerate(terms):
        if term.words[-1].lower != "we":
            continue
        for other in terms[at + 1 : at + 6]:
            lowered = [word.lower for word in other.words]
            if other.clause != term.clause or any(word in WE_MAY for word in lowered):
                break
            if other.tags & {
                "deciding",
                "grant",
                "declined",
                "approved",
                "closed",
                "changed",
                "countered",
                "t:verify",
                "unable",
            }:
                break
            if lowered[-1] in {"have", "had"} and _has_something(terms, other):
                break
            if all(word in AUXILIARY for word in lowered) or other.tags & {"not", "law"}:
                continue
            if root(lowered[0]) in WE_DO or root(lowered[-1]) in WE_DO:
                break
            yield Finding("agent-unproved", f"we {other.text}", text.where)
            break


def _has_something(terms: Sequence[Term], having: Term) -> bool:
    at = next(i for i, other in enumerate(terms) if other is having)
    following = terms[at + 1].words[0].lower if at + 1 < len(terms) else ""
    return following in {"the", "a", "an", "no", "your", "any", "one"}


def _spanish_agents(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """The same in Spanish, where the verb's ending says who acts."""
    for term in terms:
        for word in term.words:
            lowered = word.lower
            if lowered.endswith("mos") and not folded(lowered).startswith(NOSOTROS):
                yield Finding("agent-unproved", word.text, text.where)


def _breadth(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """A sentence says no more than its factor: not "your finances as a whole"."""
    for term in terms:
        if "broad" in term.tags and not any(term.roots <= one.roots for one in text.licences):
            yield Finding("factor-broadened", term.text, text.where)


def _ranks(terms: Sequence[Term], text: Passage) -> Iterator[Finding]:
    """Only the first reason is the most important one; reasons are listed in their order."""
    for at, term in enumerate(terms):
        for tag, rank in ORDINALS.items():
            if tag in term.tags and not text.is_summary and text.licences[0].rank != rank:
                yield Finding("rank-unproved", term.text, text.where)
        if "top" not in term.tags or "plain" in term.tags:
            continue
        if not text.is_summary:
            if text.licences[0].rank != 1:
                yield Finding("rank-unproved", term.text, text.where)
            continue
        if _is_plural(terms, at):
            continue  # "the main reasons" are all of them
        clause = [other for other in terms if other.clause == term.clause]
        if all(licence.rank != 1 for licence in _nearest(term, clause, text)):
            yield Finding("rank-unproved", term.text, text.where)
    if text.is_summary:
        seen: dict[int, int] = {}
        tellings = _listing(terms)
        for at, term in enumerate(tellings):
            for licence in text.licences:
                if _tells(term, licence, text.licences) and not _of_product(term, text):
                    seen.setdefault(licence.rank, at)
        order = sorted(seen, key=seen.__getitem__)
        if order != sorted(order):
            yield Finding("reasons-in-order", text.text, text.where)


def _is_plural(terms: Sequence[Term], at: int) -> bool:
    following = [word.lower for term in terms[at + 1 : at + 3] for word in term.words]
    return any(
        word in {"reasons", "factors", "motivos", "razones", "factores"} for word in following
    )


def _listing(terms: Sequence[Term]) -> Sequence[Term]:
    """The terms that may list reasons: not the first sentence, where it only tells the action."""
    later = [term for term in terms if term.sentence > 0]
    opening = [term for term in terms if term.sentence == 0]
    tells_action = any(term.tags & ACTIONS.keys() for term in opening)
    return later if tells_action and later else terms


def _actions(terms: Sequence[Term], text: Passage, dossier: Dossier) -> Iterator[Finding]:
    """What is said to have been done is what was done."""
    said = {
        tag
        for at, term in enumerate(terms)
        for tag in term.tags
        if tag in ACTIONS and not _is_denied(terms, at)
    }
    for at, term in enumerate(terms):
        if (
            "plain" in term.tags
            or any(term.tags & licence.tags for licence in text.licences)
            or any(term.roots <= licence.own_roots for licence in text.licences)
        ):
            continue
        meant = term.tags & ACTIONS.keys()
        if not meant:
            continue
        if any(dossier.action in ACTIONS[tag] for tag in meant):
            if at and terms[at - 1].tags and terms[at - 1].tags <= {"not", "unable", "none"}:
                yield Finding("action-misstated", term.text, text.where)
            continue
        if "approved" in meant and _is_denied(terms, at) and dossier.action == "declined":
            continue
        if dossier.action == "counteroffer" and "countered" in said:
            if "declined" in meant or ("approved" in meant and _is_denied(terms, at)):
                continue
        if (
            term.tags - ACTIONS.keys()
            and not (term.tags & {"x:promise"})
            and term.tags & CHECKED - ACTIONS.keys()
        ):
            continue
        yield Finding("action-misstated", term.text, text.where)


def _subject(reading: _Reading, licence: Licence, where: str) -> Iterator[Finding]:
    """A sentence says which factor it is about, and every aspect that makes it that factor."""
    said: set[str] = set()
    spoken: set[str] = set()
    lexicon = reading.lexicon
    for term in reading.terms:
        said |= term.tags.union(*(lexicon.tags_of(word.lower) for word in term.words))
        spoken |= term.roots
    if reading.figures.has_time:
        said |= {"t:length", "t:since"}
    if said & {"t:utilization"}:
        said |= {"t:revolving", "t:balance", "t:limit"}
    if "t:payment" in said & licence.tags:
        said |= {"t:debt"}
    wanted = licence.subjects or licence.own_tags
    own = frozenset(roots(licence.reason.statement))
    has = wanted & said
    needed = SAME_SUBJECTS if "t:proportion" in licence.own_tags else 1
    if len(has) < min(needed, len(wanted)) and len(own & spoken) < needed:
        yield Finding("reason-not-stated", reading.source.text, where)
    if reading.figures.stated and any(one.unit in TIME for one in reading.figures.stated):
        said |= {"t:severity"}
    missing = licence.aspects - said
    if missing:
        yield Finding("reason-not-stated", ", ".join(sorted(missing)), where)
    denials = {"not", "unable", "none", "low", "enough"} | (licence.own_tags & {"bad"})
    said_so = said & denials or DENIAL.search(reading.source.text)
    if "t:with_others" in licence.own_tags and WITH_US.search(reading.source.text):
        yield Finding("factor-unproved", "with us", where)
    if _contradicts_flag(licence, reading, said):
        yield Finding("negation-missing", reading.source.text, where)
    if "t:since" in licence.aspects and STANDING.search(reading.source.text):
        yield Finding("reason-not-stated", reading.source.text, where)
    if licence.is_absence and not said_so:
        yield Finding("negation-missing", reading.source.text, where)


def _contradicts_flag(licence: Licence, reading: _Reading, said: set[str]) -> bool:
    """Whether a flag that is not set is told as if it were: "you are the owner of your home"."""
    if not any(fact.unit == "flag" and fact.value in (False, 0) for fact in licence.facts):
        return False
    text = reading.source.text
    return bool(HAVING.search(text)) and not (
        said & {"not", "unable", "none"} or DENIAL.search(text) or RENTING.search(text)
    )
