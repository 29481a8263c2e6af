"""Sentences that restate what a cited rule says, held against the passages of the case."""

import re
from collections.abc import Iterable, Sequence

from app.domain.explanation import Dossier, Language
from app.domain.verification.lexicon import Term
from app.domain.verification.quantities import Quantity, quantities
from app.domain.verification.quotes import is_in_force
from app.domain.verification.text import root, roots, sentences
from app.domain.verification.words.law import in_english


def _roots_of(words: str) -> frozenset[str]:
    return frozenset(root(word) for word in words.split())


# A restatement keeps who must, who may, what is forbidden and what is denied: a word of each
# kind has to stand in the passage's sentence by a word of the same kind.
OBLIGING = _roots_of(
    "requirements must shall require requires required obliged obliges obligation duty has have"
)
FORBIDDING = _roots_of(
    "forbid forbids forbidden prohibit prohibits prohibited bar bars ban bans limit limits"
)
PERMITTING = _roots_of("may can allow allows allowed permit permits permitted lets let")
EXCEPTING = _roots_of("unless except excepting salvo excepto")
DENYING = _roots_of("no not never cannot nor neither without insufficient need")
HAVING = _roots_of("has_to have_to obliges obliged obligates")
STRICT = _roots_of("must shall require requires required obliged obliges obligation duty")
# Words with which a rule may be told in place of its own.
SAME: tuple[frozenset[str], ...] = tuple(
    _roots_of(group)
    for group in (
        "creditor creditors lender lenders bank banks we us our",
        "applicant applicants consumer consumers customer customers borrower person you your people",
        "contain contains give gives given giving provide provides disclose disclosed disclosure state states tell told"
        " name named list listed",
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
        "affect affects affected worked effect influence influenced",
        "depository banks bank",
    )
)
FREES = re.compile(
    r"need not|not (?:be )?(?:require|mandate|oblige)|no duty|not have to", re.IGNORECASE
)
ENOUGH = 0.7  # of the words that say something; the rest must be words that claim nothing
FUNCTION = _roots_of(
    """a an the this that these those it its of to in on at by for from with as and or but so if even
    where when while which who whom whose what be is are was were been being do does did has have
    had there here under upon about into than then not no any some such own ours we our they them
    their he she i you your says say said states stated provides asks ask calls call for only also
    merely same though although because therefore thus accordingly between up
    el la los las un una unos unas de del al a en por para con que quien cual cuyo y o u e pero si
    aunque cuando donde es son sea sean ser fue ha han haya se le les lo su sus este esta ese esa
    como segun ante sobre entre tambien solo asi aqui pide piden dice indica resulte resultarle
    pueda queda quede usted tenga tener conforme citado"""
)
CLAIMS = frozenset({"x:advice", "x:promise", "x:right", "x:prohibited", "x:proxy", "x:comparison"})


def speaks_of_law(terms: Sequence[Term]) -> bool:
    """Whether a text speaks of what the law says and not of the applicant."""
    return any(term.tags & {"law", "x:right"} for term in terms)


def is_restated(
    terms: Sequence[Term], stated: Iterable[Quantity], dossier: Dossier, language: Language
) -> bool:
    """Whether one sentence of a passage in force carries every word and number of this one."""
    numbers = tuple(stated)
    if language == "es":
        terms = [in_english(term) for term in terms]
    return any(
        _carries(sentence.text, terms, numbers)
        for passage in dossier.passages
        if is_in_force(passage)
        for sentence in sentences(passage.text)
    )


def _carries(sentence: str, terms: Sequence[Term], numbers: Sequence[Quantity]) -> bool:
    held = set(roots(sentence))
    known = {(one.value, one.unit) for one in quantities(sentence, "en")}
    if any((one.value, one.unit) not in known and (one.value, "") not in known for one in numbers):
        return False
    said = frozenset().union(*(term.roots for term in terms)) if terms else frozenset()
    denies = any(term.tags & {"not", "unable", "none"} or term.roots & DENYING for term in terms)
    if denies and not held & DENYING:
        return False
    if said & (STRICT | HAVING) and not _obliges(sentence, held, denies=denies):
        return False
    for kind in (FORBIDDING, PERMITTING, EXCEPTING):
        if said & kind and not held & kind:
            return False
    if denies and not _denies_the_same(terms, sentence):
        return False
    telling = [term for term in terms if not term.roots <= FUNCTION and "law" not in term.tags]
    carried = sum(_is_carried(term, held) for term in telling)
    return carried >= ENOUGH * len(telling) and all(_is_held(term, held) for term in terms)


def _denies_the_same(terms: Sequence[Term], sentence: str) -> bool:
    """Whether what is denied here is denied there: "bank references, not credit references"."""
    there = roots(sentence)
    negations = [at for at, word in enumerate(there) if word in DENYING]
    first = next(
        (at for at, term in enumerate(terms) if term.tags & {"not", "unable", "none"}), None
    )
    if first is None or not negations:
        return True
    after = {word for word in there[negations[0] :]}
    denied = [term for term in terms[first + 1 :] if term.roots <= set(there)]
    return all(term.roots <= after or term.roots <= FUNCTION for term in denied)


def _obliges(sentence: str, held: set[str], *, denies: bool) -> bool:
    """Whether a sentence of the law lays the duty, or the freedom from it, that is told."""
    if FREES.search(sentence):
        return denies  # "need not describe" is no duty to describe
    return bool(held & OBLIGING)


def _is_carried(term: Term, held: set[str]) -> bool:
    return term.roots <= held or any(term.roots & same and same & held for same in SAME)


def _is_held(term: Term, held: set[str]) -> bool:
    if (
        term.roots <= FUNCTION
        or term.roots <= held
        or term.roots & (STRICT | FORBIDDING | PERMITTING)
    ):
        return True
    if term.tags & {"not", "unable", "none"}:
        return True
    if any(term.roots & same and same & held for same in SAME):
        return True
    return bool(term.tags & {"law", "plain"}) and not term.tags & CLAIMS
