"""Each word adds no claim, or belongs to what a reason is about."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.explanation import Dossier, Finding
from app.domain.verification.lexicon import Lexicon, Tags, Term
from app.domain.verification.licence import Licence, product_roots
from app.domain.verification.tags import CHECKED
from app.domain.verification.text import root, rooted
from app.domain.verification.texts import SummaryText, Text
from app.domain.verification.words.reading import english

# What no explanation says, by the tag of the words that say it.
RULE_OF: Final = {
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
WHOLE: Final = "t:total"  # "total debt" is another factor than the payments on it
LISTED_ONLY: Final = frozenset({"t:history", "t:opened"})
# Topics that a phrase may not bring along: "card limits" speaks of limits.
TELLTALE: Final = frozenset(
    {"t:income", "t:limit", "t:assets", "t:collateral", "t:disposable", "t:inquiries", "t:history"}
    | {"t:delinquency", "t:employment", "t:residence", "t:bankruptcy", "t:total"}
)
MONTHLY: Final = rooted("month monthly mes mensual mensuales mensualmente")
YEARLY_FACTOR: Final = re.compile(r"(?:debt|loan|balance)_to_income|in relation to income|annual")
MONTHLY_FACTOR: Final = re.compile(r"payment|install|obligation|month|dti|spend", re.IGNORECASE)


def check_words(
    terms: Sequence[Term], text: Text, dossier: Dossier, lexicon: Lexicon
) -> Iterator[Finding]:
    """Find words that no reason lets stand."""
    if text.licences and not any(map(_may_be_monthly, text.licences)):
        for term in terms:
            if any(root(word.text) in MONTHLY for word in term.words):
                yield Finding("time-unproved", term.text, text.where)
    licensed = _licensed(text, dossier)
    own = product_roots(dossier).union(*(licence.roots for licence in text.licences))
    brought = _brought(text)
    for term in terms:
        if term.tags & brought and "plain" not in term.tags:
            yield Finding("factor-unproved", term.text, text.where)
            continue
        is_known = "plain" in term.tags or term.roots <= own or _is_licensed(term, licensed)
        if is_known or term.tags & CHECKED or _has_licensed_words(term, licensed, lexicon):
            continue
        yield Finding(_rule_for(term), term.text, text.where)


def _licensed(text: Text, dossier: Dossier) -> Tags:
    """All tags that the reasons, the product or the place of a text let stand."""
    product = english().read(dossier.product.replace("-", " "))
    with_us = {"t:with_us"} if isinstance(text, SummaryText) else frozenset[str]()
    return frozenset(with_us).union(
        *(licence.tags for licence in text.licences), *(term.topics for term in product)
    )


def _brought(text: Text) -> Tags:
    """Topics that a reason lets a sentence touch, and that a summary lists only as a reason."""
    if not isinstance(text, SummaryText):
        return frozenset()
    return LISTED_ONLY.difference(*(licence.own_tags for licence in text.licences))


def _is_licensed(term: Term, licensed: Tags) -> bool:
    """Whether what a term is about belongs to a reason; a phrase brings no other factor along."""
    if not term.tags & licensed:
        return False
    return len(term.words) == 1 or not term.topics & TELLTALE - licensed


def _has_licensed_words(term: Term, licensed: Tags, lexicon: Lexicon) -> bool:
    """Whether each word of a phrase may stand by itself, and the phrase says nothing forbidden."""
    if len(term.words) == 1 or term.topics != term.tags or WHOLE in term.topics - licensed:
        return False
    parts = (lexicon.tags_of(word.lower) for word in term.words)
    return all(tags & licensed or "plain" in tags for tags in parts)


def _may_be_monthly(licence: Licence) -> bool:
    """Whether a factor is counted by the month; one set against yearly income is not."""
    names = " ".join([licence.reason.statement, *(fact.feature for fact in licence.facts)])
    return not YEARLY_FACTOR.search(names) or bool(MONTHLY_FACTOR.search(names))


def _rule_for(term: Term) -> str:
    """Name the rule that a word breaks."""
    for tag in sorted(term.tags):
        if tag in RULE_OF:
            return RULE_OF[tag]
    if term.topics:
        return "factor-unproved"
    word = term.words[0]
    is_name = word.is_capital and not word.opens and "'" not in word.lower
    return "name-unproved" if is_name else "word-unproved"
