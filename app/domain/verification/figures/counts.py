"""Numbers that count: reasons, the facts behind one, or something the fact does not count."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from app.domain.explanation import Dossier, Language
from app.domain.verification.figures.stated import Figures, Match
from app.domain.verification.licence import Licence
from app.domain.verification.naming import named
from app.domain.verification.quantities import Quantity
from app.domain.verification.text import CLAUSE_END, listed, plain
from app.domain.verification.texts import SummaryText, Text
from app.domain.verification.topics import ALWAYS

FACT_WORDS: Final = listed("inputs measures figures values features ratios datos valores")
# Beginnings of the words by which reasons are counted: "three factors", "there are two points".
REASON_WORDS: Final[dict[Language, frozenset[str]]] = {
    "en": listed(
        "reason factor thing point driver ground matter area issue finding consideration element"
        " circumstance concern basis bases question contributor principal explain kind aspect event"
    )
    | {"of these"},
    "es": listed(
        "raz\u00f3n razones motivo factor punto causa elemento aspecto cuesti cosa"
        " circunstancia dato"
        " estas fundamento criterio tipos"
    ),
}
NEAR: Final = 5  # words of a clause after the number
# Where things are found or whose they are, and never what a count of them counts.
HOLDERS: Final = listed(
    "bureaus agencies companies lenders creditors banks reports files"
    " bur\u00f3s agencias compa\u00f1\u00edas prestamistas acreedores bancos informes expedientes"
)
# "Four of your accounts" counts accounts, also where four payments were late.
PARTS_OF: Final = re.compile(
    r"\s*(?:of (?:your|the|his|her|their)|de (?:sus|las|los))\s+(?:\w+\s+)?"
    r"(?P<whole>account|loan|card|lender|creditor|bureau|cuenta|pr\u00e9stamo|tarjeta|acreedor)\w*",
    re.IGNORECASE,
)
IN_ENGLISH: Final = {
    "cuenta": "account",
    "pr\u00e9stamo": "loan",
    "tarjeta": "card",
    "acreedor": "creditor",
}
ENDS_COUNTED: Final = listed(
    "of on in with from by at and were was for to de en con por del al y fueron eran para"
)
JUST_NAMED: Final = ("the", "those", "these", "between the", "los", "las", "estos")
AFTER_JUST_NAMED: Final = listed("was were is are in of") | {""}


def counts_facts(stated: Quantity, licence: Licence, figures: Figures) -> bool:
    """Whether it counts the facts behind a reason: "two inputs feed this factor"."""
    following = figures.after(stated, 24).lower().split()[:2]
    return stated.value == len(licence.facts) and bool(
        FACT_WORDS & {word.strip(",.;:") for word in following}
    )


def counts_the_one(stated: Quantity, licence: Licence) -> bool:
    """Whether "one" counts the thing that a category names: one missing document."""
    named_things = [fact for fact in licence.facts if isinstance(fact.value, str)]
    return stated.value == 1 and not stated.unit and len(named_things) == len(licence.facts) == 1


def counts_something_else(stated: Quantity, matches: Sequence[Match], figures: Figures) -> bool:
    """Whether a count stands before a thing of another topic: "7 credit bureaus" of inquiries."""
    if stated.unit or not all(match.fact.unit == "count" for match in matches):
        return False
    allowed = frozenset().union(*(match.licence.tags for match in matches)) - ALWAYS
    own = frozenset().union(*(match.licence.own_tags for match in matches))
    if _counts_holders(stated, figures) and not any(_is_of_holders(one) for one in matches):
        return True
    whole = _whole(stated, figures)
    if not any(whole in _names(one) for one in matches):
        return True
    said = figures.topics_counted(stated, 2)
    return any(said) and not any(topics & (allowed | own) for topics in said)


def _counts_holders(stated: Quantity, figures: Figures) -> bool:
    words = [plain(word).strip(".,;:") for word in figures.counted(stated, NEAR).split()]
    return any(word in HOLDERS for word in takewhile(lambda word: word not in ENDS_COUNTED, words))


def _whole(stated: Quantity, figures: Figures) -> str:
    """Of what it counts some: "account" in "four of your accounts"; "" where of nothing."""
    part = PARTS_OF.match(figures.after(stated, 40))
    whole = "" if part is None else plain(part["whole"])
    return IN_ENGLISH.get(whole, whole)


def _is_of_holders(match: Match) -> bool:
    return any(word in HOLDERS for word in _names(match).split())


def _names(match: Match) -> str:
    names = (named(match.fact), match.fact.feature, match.licence.reason.statement)
    return plain(" ".join(names))


def counts_reasons(stated: Quantity, text: Text, figures: Figures, dossier: Dossier) -> bool:
    """Whether it counts the reasons of the decision, and all of them."""
    if stated.value != stated.value.to_integral_value() or stated.bound != "exact":
        return False
    counts_all = stated.value == len(dossier.reasons)
    if stated.unit:
        return stated.unit == "points" and counts_all and stated.in_words  # "on three points"
    if _are_just_named(stated, figures):
        return True
    if counts_all and isinstance(text, SummaryText) and _counts_any(stated, text, figures):
        return True
    return _names_reasons(stated, figures) and (
        counts_all or (len(dossier.reasons) > 1 and _is_one_of(stated, figures))
    )


def _are_just_named(stated: Quantity, figures: Figures) -> bool:
    """Whether it stands for the things just named: "between the two"."""
    if not stated.in_words or not _near_before(stated, figures).rstrip().endswith(JUST_NAMED):
        return False
    following = figures.after(stated, 12).lower().split()
    return not following or following[0].strip(",.;") in AFTER_JUST_NAMED


def _counts_any(stated: Quantity, text: SummaryText, figures: Figures) -> bool:
    """Whether what it counts is of no topic, or of one that every reason has."""
    topics = frozenset().union(*figures.topics_counted(stated, 3))
    return not topics or all(topics & licence.own_tags for licence in text.licences)


def _names_reasons(stated: Quantity, figures: Figures) -> bool:
    after = CLAUSE_END.split(figures.after(stated, 60).lower())[0]
    counted = " ".join(after.split()[:NEAR])
    before = _near_before(stated, figures)
    return any(word in counted or word in before for word in REASON_WORDS[figures.language])


def _is_one_of(stated: Quantity, figures: Figures) -> bool:
    return stated.value == 1 and "one of" in figures.text[stated.start : stated.end + 4].lower()


def _near_before(stated: Quantity, figures: Figures) -> str:
    return figures.text[max(0, stated.start - 40) : stated.start].lower()
