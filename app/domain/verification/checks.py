"""What each sentence about a reason must pass. Each check is pure and names its rule."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.explanation import (
    Dossier,
    Draft,
    EvidencePassage,
    Fact,
    Finding,
    ReasonToExplain,
    Statement,
)
from app.domain.verification.language import Stated, numbers, roots, sentence_count
from app.domain.verification.vocabulary import HIGH, LOW, NEGATIONS, PLAIN, SUMMARY

MONTHS_PER_YEAR = 12
MAX_SENTENCE = 400
MIN_QUOTE = 20

GIVING_REASONS = (
    "reason",
    "adverse action",
    "factors actually",
    "principal",
    "logic involved",
    "explanation",
)


def coverage(draft: Draft, dossier: Dossier) -> Iterator[Finding]:
    """Every reason once, in rank order, none added, each with a citation."""
    expected = [reason.code for reason in dossier.reasons]
    stated = [statement.code for statement in draft.statements]
    if stated != expected:
        yield Finding("reasons-in-order", ", ".join(stated), "reasons")
    for at, statement in enumerate(draft.statements):
        if not statement.citations:
            yield Finding("citation-missing", statement.code, f"reasons[{at}].citations")


def one_sentence(statement: Statement, where: str) -> Iterator[Finding]:
    """One sentence of reasonable length: a trailing one is where causes are invented."""
    if sentence_count(statement.text) != 1 or not 0 < len(statement.text) <= MAX_SENTENCE:
        yield Finding("one-sentence", statement.text, where)


def figures(statement: Statement, reason: ReasonToExplain, where: str) -> Iterator[Finding]:
    """Every number is a fact of this very reason, in its unit; rounding says so."""
    known = numbers(" ".join([reason.statement, *(fact.label for fact in reason.facts)]))
    for stated in numbers(statement.text):
        is_named = any(k.value == stated.value and k.unit == stated.unit for k in known)
        if not is_named and not any(_states(stated, fact) for fact in reason.facts):
            yield Finding("number-unproved", stated.words, where)


def _states(stated: Stated, fact: Fact) -> bool:
    if not isinstance(fact.value, Decimal) or fact.unit == "flag":
        return False
    return any(unit == stated.unit and _same(stated, value) for value, unit in _readings(fact))


def _readings(fact: Fact) -> list[tuple[Decimal, str]]:
    """Return the ways to state a value that keep it: 0.92 as 92 percent, 24 months as 2 years."""
    value = fact.value
    if not isinstance(value, Decimal):
        return []
    match fact.unit:
        case "ratio":
            return [(value * 100, "percent"), (value, "")]
        case "months":
            return [(value, "months"), (value / MONTHS_PER_YEAR, "years")]
        case "years":
            return [(value, "years"), (value * MONTHS_PER_YEAR, "months")]
        case "count":
            return [(value, "")]
        case unit:
            return [(value, unit)]


def _same(stated: Stated, value: Decimal) -> bool:
    if stated.is_rounded:
        return abs(stated.value - value) <= stated.step / 2
    return stated.value == value


def direction(statement: Statement, reason: ReasonToExplain, where: str) -> Iterator[Finding]:
    """A side may be taken only where the decision, the statement or the label takes it."""
    given = set(roots(_given(reason)))
    sides = {fact.adverse for fact in reason.facts}
    allowed = set(given)
    if sides == {"high"}:
        allowed |= HIGH
    if sides == {"low"}:
        allowed |= LOW - NEGATIONS
    for word in roots(statement.text):
        if word in HIGH | LOW and word not in allowed:
            yield Finding("direction-unproved", word, where)


def wording(statement: Statement, reason: ReasonToExplain, where: str) -> Iterator[Finding]:
    """Words come from the case or from a closed list; something of the reason must be said."""
    given = set(roots(_given(reason)))
    said = roots(statement.text)
    for word in said:
        if word not in given | PLAIN | HIGH | LOW:
            yield Finding("word-unproved", word, where)
    if not _names_subject(set(said), reason):
        yield Finding("reason-not-stated", statement.text, where)


def _names_subject(said: set[str], reason: ReasonToExplain) -> bool:
    """Whether two words of the subject are said, or all that the name of a fact has."""
    ordinary = PLAIN | HIGH | LOW
    subject = set(roots(_given(reason))) - ordinary
    if len(subject.intersection(said)) >= min(2, len(subject)):
        return True
    labels = [set(roots(fact.label)) - ordinary for fact in reason.facts]
    return any(label and label <= said for label in labels)


def _given(reason: ReasonToExplain) -> str:
    values = (str(fact.value) for fact in reason.facts if isinstance(fact.value, str))
    return " ".join([reason.statement, *(fact.label for fact in reason.facts), *values])


def quotes(
    statement: Statement, reason: ReasonToExplain, dossier: Dossier, where: str
) -> Iterator[Finding]:
    """Each quote stands word for word in the passage it cites, which is in force and bears."""
    for citation in statement.citations:
        passages = [p for p in dossier.passages if p.citation == citation.citation]
        if not passages:
            yield Finding("passage-unknown", citation.citation, where)
            continue
        holding = [p for p in passages if find_quote(citation.quote, p) is not None]
        if not holding or len(citation.quote.strip()) < MIN_QUOTE:
            yield Finding("quote-verbatim", citation.quote, where)
            continue
        if not any(p.status.startswith("in force") for p in holding):
            yield Finding("passage-not-in-force", citation.citation, where)
        if not _bears(citation.quote, reason):
            yield Finding("quote-off-subject", citation.quote, where)


def find_quote(quote: str, passage: EvidencePassage) -> tuple[int, int] | None:
    """Return where a quote stands in a passage, whatever white space separates its words."""
    words = quote.split()
    if not words:
        return None
    at = 0
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


def _bears(quote: str, reason: ReasonToExplain) -> bool:
    lowered = quote.lower()
    if any(words in lowered for words in GIVING_REASONS):
        return True
    subject = set(roots(reason.statement)) - PLAIN - HIGH - LOW
    return bool(subject.intersection(roots(quote)))


def summary(draft: Draft, dossier: Dossier) -> Iterator[Finding]:
    """The summary says what was decided and how many reasons follow, and nothing else."""
    count = Decimal(len(dossier.reasons))
    for stated in numbers(draft.summary):
        if stated.value != count or stated.unit:
            yield Finding("number-unproved", stated.words, "summary")
    given = set(roots(dossier.product.replace("-", " ")))
    given.update(*(roots(reason.statement) for reason in dossier.reasons))
    for word in roots(draft.summary):
        if word not in given | SUMMARY:
            yield Finding("word-unproved", word, "summary")
    if "declin" in roots(draft.summary) and dossier.action != "declined":
        yield Finding("action-misstated", draft.summary, "summary")
    if not draft.summary.strip():
        yield Finding("summary-missing", "", "summary")
