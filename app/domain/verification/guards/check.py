"""What no explanation may do, whatever its reasons: ask, command, hedge, spell in signs.

These checks read the text itself and not its words' meanings, so that what the lexicon passes
as harmless cannot be put together to something else.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from app.domain.explanation import Dossier, Finding, Language
from app.domain.verification.guards.english import COMMON, ENGLISH, OTHERS_FACTOR, OUTCOMES
from app.domain.verification.guards.form import Guards
from app.domain.verification.guards.signs import spelt, unreadable
from app.domain.verification.guards.spanish import SPANISH
from app.domain.verification.licence import Licence
from app.domain.verification.reading import Reading
from app.domain.verification.text import root, rooted, sentences
from app.domain.verification.texts import ReasonText, SummaryText, Text

Broken: TypeAlias = tuple[int, str, str]  # where, which rule, by which words

GUARDS: Final[dict[Language, Guards]] = {"en": ENGLISH, "es": SPANISH}
GRANTING: Final = frozenset({"approved", "counteroffer", "less_favorable_terms", "terms_changed"})
CHANGING: Final = frozenset({"terms_changed", "less_favorable_terms"})
NEW_TERMS: Final = re.compile(r"counter-?offer|contraoferta|terms", re.IGNORECASE)
# A summary may ask what it answers itself: "Why? …".
ASKED: Final = re.compile(
    r"(?:.*[.!] )?(?:why|what (?:led|lay|counted)|\u00bfpor qu\u00e9)\b[^?]*\?[^?]*$", re.IGNORECASE
)
CLAUSE_OF_ITS_OWN: Final = re.compile(r"[;:]\s+")
BEFORE_CLAUSE: Final = re.compile(r"^[\s\"\u201c(*-]*")
COUNTED_SO: Final = re.compile(
    r"income|payment_to|install|obligation|monthly|dti|debt", re.IGNORECASE
)
TAKEN_WHOLE: Final = re.compile(r"\btotal\b", re.IGNORECASE)
COUNTED: Final = rooted(
    "payment payments account accounts card cards loan loans debt debts obligation obligations bill"
    " bills creditor creditors reference references inquiry inquiries income savings pagos pago"
    " cuentas cuenta tarjetas tarjeta prestamos prestamo deudas deuda obligaciones referencias"
    " consultas ingresos"
)


def check_guards(reading: Reading, dossier: Dossier) -> Iterator[tuple[int, Finding]]:
    """Find forms that no explanation takes, each with the place of it."""
    text, masked, language = reading.text, reading.masked, dossier.language
    for at, rule, words in _broken(masked, text, dossier, GUARDS[language]):
        yield at, Finding(rule, words, text.where)


def _broken(masked: str, text: Text, dossier: Dossier, guards: Guards) -> Iterator[Broken]:
    yield from ((at, "sign-unreadable", sign) for at, sign in unreadable(masked))
    yield from ((at, "word-unproved", letters) for at, letters in spelt(masked))
    yield from _questions(masked, text)
    yield from _commands(masked, text, guards)
    for form in (*ENGLISH.anywhere, *SPANISH.anywhere, *guards.forms):
        yield from _each(form.rule, (form.pattern,), masked)
    yield from _actions(masked, text, dossier, guards)
    yield from _outcomes(masked, text)
    match text:
        case SummaryText():
            yield from _listing(masked, text)
        case ReasonText():
            yield from _weights(masked, text)
            yield from _causes(masked, text.licence)
            yield from _cadence(masked, text.licence, guards)
            yield from _scope(masked, text.licence, guards)
            if guards is ENGLISH:
                yield from _others_factor(masked, text.licence)


def _each(rule: str, patterns: Iterable[re.Pattern[str]], masked: str) -> Iterator[Broken]:
    for pattern in patterns:
        for match in pattern.finditer(masked):
            yield match.start(), rule, match.group()


def _questions(masked: str, text: Text) -> Iterator[Broken]:
    is_answered = isinstance(text, SummaryText) and ASKED.match(masked.strip())
    if ("?" in masked or "\u00bf" in masked) and not is_answered:
        yield max(masked.find("?"), 0), "question", masked


def _commands(masked: str, text: Text, guards: Guards) -> Iterator[Broken]:
    own = frozenset[str]().union(*(licence.own_roots for licence in text.licences))
    for start, clause in _clauses(masked):
        match = guards.commands.match(BEFORE_CLAUSE.sub("", clause))
        if match is not None and root(match.group().split()[0]) not in own:
            yield start, "advice", match.group()


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    """The clauses that stand by themselves, each with its place."""
    for sentence in sentences(text):
        start = 0
        for match in CLAUSE_OF_ITS_OWN.finditer(sentence.text):
            yield sentence.start + start, sentence.text[start : match.start()]
            start = match.end()
        yield sentence.start + start, sentence.text[start:]


def _actions(masked: str, text: Text, dossier: Dossier, guards: Guards) -> Iterator[Broken]:
    """Nothing is granted that was not, and an offer made is not denied."""
    if dossier.action not in GRANTING:
        yield from _each("action-misstated", (guards.grants,), masked)
    if dossier.action != "declined" and not NEW_TERMS.search(masked):
        yield from _each("action-misstated", (guards.turned_down,), masked)
    if dossier.action not in CHANGING and isinstance(text, SummaryText):
        yield from _each("action-misstated", (guards.limit_cut,), masked)
    if dossier.action == "counteroffer":
        yield from _each("action-misstated", (ENGLISH.no_offer, SPANISH.no_offer), masked)


def _outcomes(masked: str, text: Text) -> Iterator[Broken]:
    own = " ".join(licence.reason.statement for licence in text.licences).lower()
    for match in OUTCOMES.finditer(masked):
        if match.group().lower() not in own:
            yield match.start(), "word-unproved", match.group()


def _listing(masked: str, text: SummaryText) -> Iterator[Broken]:
    """A summary of several reasons calls none the only one and leaves none out."""
    if len(text.licences) > 1:
        yield from _each("reason-generic", (ENGLISH.listing, SPANISH.listing), masked)
        for at, rule, words in _each("rank-unproved", (ENGLISH.alone, SPANISH.alone), masked):
            if "because" in words or "solely" in words.lower():
                yield at, rule, words


def _weights(masked: str, text: ReasonText) -> Iterator[Broken]:
    if text.licence.rank > 1:
        yield from _each("rank-unproved", (ENGLISH.alone, SPANISH.alone), masked)


def _causes(masked: str, licence: Licence) -> Iterator[Broken]:
    if any(fact.unit == "flag" for fact in licence.facts):
        return  # "because you are not employed" tells the flag itself
    is_since = "t:since" in licence.aspects
    for at, rule, words in _each("cause-unproved", (ENGLISH.cause, SPANISH.cause), masked):
        if not (is_since and words.lower().startswith("since")):
            yield at, rule, words


def _cadence(masked: str, licence: Licence, guards: Guards) -> Iterator[Broken]:
    """How often something happens is said only where the feature counts so."""
    names = " ".join([licence.reason.statement, *(fact.feature for fact in licence.facts)])
    if not COUNTED_SO.search(names):
        yield from _each("time-unproved", (guards.cadence,), masked)


def _scope(masked: str, licence: Licence, guards: Guards) -> Iterator[Broken]:
    """All and every of a thing is said only of what the reason takes whole."""
    if TAKEN_WHOLE.search(licence.reason.statement):
        return
    for match in guards.scope.finditer(masked):
        words = (match["what"] or match["which"] or "").lower().split()
        if any(root(word) in COUNTED for word in words):
            yield match.start(), "factor-broadened", match.group()


def _others_factor(masked: str, licence: Licence) -> Iterator[Broken]:
    for match in OTHERS_FACTOR.finditer(masked):
        what = root((match["what"] or "").lower())
        if not what or (what in licence.own_roots and what not in COMMON):
            yield match.start(), "agent-unproved", match.group()
