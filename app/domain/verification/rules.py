"""Sentences that restate what a cited rule says, held against the passages of the case."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from app.domain.explanation import Dossier, Language
from app.domain.verification.lexicon import Term
from app.domain.verification.quantities import Quantity, quantities
from app.domain.verification.quotes import is_in_force
from app.domain.verification.tags import NEGATING
from app.domain.verification.text import rooted, roots, sentences
from app.domain.verification.words.law import in_english

# A restatement keeps who must, who may, what is forbidden and what is denied: a word of each
# kind has to stand in the passage's sentence by a word of the same kind.
OBLIGING: Final = rooted(
    "requirements must shall require requires required obliged obliges obligation duty has have"
)
FORBIDDING: Final = rooted(
    "forbid forbids forbidden prohibit prohibits prohibited bar bars ban bans limit limits"
)
PERMITTING: Final = rooted("may can allow allows allowed permit permits permitted lets let")
EXCEPTING: Final = rooted("unless except excepting salvo excepto")
DENYING: Final = rooted("no not never cannot nor neither without insufficient need")
HAVING: Final = rooted("has_to have_to obliges obliged obligates")
STRICT: Final = rooted("must shall require requires required obliged obliges obligation duty")
# Words with which a rule may be told in place of its own.
SAME: Final = tuple(
    rooted(group)
    for group in (
        "creditor creditors lender lenders bank banks we us our",
        """applicant applicants consumer consumers customer customers borrower person people you
        your""",
        """contain contains give gives given giving provide provides disclose disclosed disclosure
        state states tell told name named list listed""",
        "denial denied deny denying decline declined declines refuse refusal reject adverse action",
        "reason reasons factor factors ground grounds",
        "specific specifically concrete particular",
        "principal main chief",
        "describe describes description accurate accurately reflect",
        "actual actually real really true",
        "consider considered review reviewed score scored scoring",
        "insufficient enough sufficient inadequate",
        "relationship link connection relation",
        "unclear clear obvious plain",
        "excluded exclude omitted omit left out",
        "helpful useful help",
        "mandate mandates fix fixes prescribe prescribes set sets",
        "explain explains explanation describe",
        "how why",
        "number many several",
        "creditworthiness credit",
        "notice notification statement letter",
        "describe description account",
        "likely unlikely hardly",
        "missing incomplete incompleteness needed",
        "connection link relationship relation",
        "rely relies use uses used",
        "hurt affect affects affected worked effect influence influenced",
        "depository banks bank",
    )
)
FREES: Final = re.compile(
    r"need not|not (?:be )?(?:require|mandate|oblige)|no duty|not have to", re.IGNORECASE
)
ENOUGH: Final = 0.7  # of the words that say something; the rest must be words that claim nothing
FUNCTION: Final = rooted(
    """a an the this that these those it its of to in on at by for from with as and or but so if
    even where when while which who whom whose what be is are was were been being do does did
    has have had there here under upon about into than then not no any some such own ours we our
    they them their he she i you your says say said states stated provides asks ask calls call
    for only also merely same though although because therefore thus accordingly between up
    el la los las un una unos unas de del al a en por para con que quien cual cuyo y o u e pero
    si aunque cuando donde es son sea sean ser fue ha han haya se le les lo su sus este esta ese
    esa como segun ante sobre entre tambien solo asi aqui pide piden dice indica resulte
    resultarle pueda queda quede usted tenga tener conforme citado"""
)
CLAIMS: Final = frozenset(
    {"x:advice", "x:promise", "x:right", "x:prohibited", "x:proxy", "x:comparison"}
)


def speaks_of_law(terms: Sequence[Term]) -> bool:
    """Whether a text speaks of what the law says and not of the applicant."""
    return any(term.tags & {"law", "x:right"} for term in terms)


@dataclass(frozen=True, slots=True)
class Provision:
    """One sentence of a passage: its words by their roots, in order, and its numbers."""

    text: str
    roots: tuple[str, ...]
    known: frozenset[str]
    numbers: frozenset[tuple[Decimal, str]]

    @classmethod
    def of(cls, sentence: str) -> "Provision":
        """Read a sentence of the law."""
        said = tuple(roots(sentence))
        numbers = frozenset((one.value, one.unit) for one in quantities(sentence, "en"))
        return cls(sentence, said, frozenset(said), numbers)


@lru_cache(maxsize=256)  # a passage is cited in many cases
def provisions(text: str) -> tuple[Provision, ...]:
    """Return the sentences of a passage."""
    return tuple(Provision.of(sentence.text) for sentence in sentences(text))


def is_restated(
    terms: Sequence[Term], stated: Sequence[Quantity], dossier: Dossier, language: Language
) -> bool:
    """Whether one sentence of a passage in force carries every word and number of this one."""
    if language == "es":
        terms = [in_english(term) for term in terms]
    return any(
        _carries(provision, terms, stated)
        for passage in dossier.passages
        if is_in_force(passage)
        for provision in provisions(passage.text)
    )


def _carries(provision: Provision, terms: Sequence[Term], stated: Sequence[Quantity]) -> bool:
    return (
        _has_numbers(provision, stated)
        and _keeps_its_force(provision, terms)
        and _has_words(provision.known, terms)
    )


def _has_numbers(provision: Provision, stated: Sequence[Quantity]) -> bool:
    known = provision.numbers
    return all((one.value, one.unit) in known or (one.value, "") in known for one in stated)


def _keeps_its_force(provision: Provision, terms: Sequence[Term]) -> bool:
    """Whether what is told obliges, forbids, permits and denies as the law does."""
    known = provision.known
    said = frozenset[str]().union(*(term.roots for term in terms))
    denies = any(term.tags & NEGATING or term.roots & DENYING for term in terms)
    if denies and not (known & DENYING and _denies_the_same(provision, terms)):
        return False
    has_to = any(term.text.lower() in {"has to", "have to", "had to"} for term in terms)
    if (has_to or said & (STRICT | HAVING)) and not _obliges(provision, denies=denies):
        return False
    return all(known & kind for kind in (FORBIDDING, PERMITTING, EXCEPTING) if said & kind)


def _denies_the_same(provision: Provision, terms: Sequence[Term]) -> bool:
    """Whether what is denied here is denied there: "bank references, not credit references"."""
    there = next(at for at, word in enumerate(provision.roots) if word in DENYING)
    here = next((at for at, term in enumerate(terms) if term.tags & NEGATING), None)
    if here is None:
        return True
    after = frozenset(provision.roots[there:])
    denied = [term for term in terms[here + 1 :] if term.roots <= provision.known]
    return all(term.roots <= after or term.roots <= FUNCTION for term in denied)


def _obliges(provision: Provision, *, denies: bool) -> bool:
    """Whether a sentence of the law lays the duty, or the freedom from it, that is told."""
    if FREES.search(provision.text):
        return denies  # "need not describe" is no duty to describe
    return bool(provision.known & OBLIGING)


def _has_words(known: frozenset[str], terms: Sequence[Term]) -> bool:
    """Whether most of the telling words stand in the law, and every other claims nothing."""
    telling = [term for term in terms if not term.roots <= FUNCTION and "law" not in term.tags]
    carried = sum(_is_carried(term, known) for term in telling)
    return carried >= ENOUGH * len(telling) and all(_may_stand(term, known) for term in terms)


def _is_carried(term: Term, known: frozenset[str]) -> bool:
    return term.roots <= known or any(term.roots & same and same & known for same in SAME)


def _may_stand(term: Term, known: frozenset[str]) -> bool:
    return bool(
        term.roots <= FUNCTION
        or term.roots & (STRICT | FORBIDDING | PERMITTING)
        or term.tags & NEGATING
        or (term.tags & {"law", "plain"} and not term.tags & CLAIMS)
        or _is_carried(term, known)
    )
