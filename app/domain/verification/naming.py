"""What facts, features and their values are called, in words."""

import re
from functools import lru_cache
from typing import Final

from app.domain.explanation import Fact, ReasonToExplain
from app.domain.verification.lexicon import Tags, topics_of
from app.domain.verification.text import listed
from app.domain.verification.words.reading import english

LONGEST_NAME: Final = 6  # words
AFTER_NAME: Final = re.compile(r"[.:;!?\n\r<>{}\[\]]|--|\u2014|\bSYSTEM\b")
COMMAND: Final = re.compile(
    r"\s*(?:ignore|disregard|forget|tell|say|write|system|assistant|note to|please|approve|end|add"
    r"|output|print)\b",
    re.IGNORECASE,
)
FEATURE_MEASURE: Final = re.compile(r"_(?:\d+[a-z]+|usd|avg|max|min|pct|ratio)\b")
# Words of names that say how something is measured, not what.
MEASURES: Final = listed(
    "month months year years day days account accounts total amount count number rate avg average"
    " ratio pct percent share now current oldest newest last time max min sum flag value prior"
)
FEW_TOPICS: Final = 2  # a word that has more topics speaks of none in particular
LABEL_WINDOW: Final = re.compile(r"(?<= )\d+[a-z]+\b")


def named(fact: Fact) -> str:
    """A fact's name in words: its label and its feature, underscores taken out."""
    feature = FEATURE_MEASURE.sub(" ", fact.feature)
    label = LABEL_WINDOW.sub(" ", fact.label.replace("_", " "))
    return f"{label} {feature.replace('_', ' ')}"


def named_value(value: str) -> str:
    """What a category's value names, without what else somebody may have typed there.

    A category is a name or a kind: "Equifax", "manufactured home". Sentences after it are
    applicants' text, perhaps instructions to the writer, and let nothing be said.
    """
    name = AFTER_NAME.split(value, maxsplit=1)[0]
    if len(name.split()) > LONGEST_NAME or COMMAND.match(name):
        return ""
    return name


def feature_names(reason: ReasonToExplain) -> str:
    """The features behind a reason, by name and by label."""
    features = [fact.feature for fact in reason.facts]
    return " ".join([*features, *(fact.label for fact in reason.facts)])


def tags_of_value(name: str) -> Tags:
    """Tags of a name read as phrases and word by word: a ratio's name speaks of both its sides."""
    lexicon = english()
    said = [word for word in name.lower().split() if word not in MEASURES]
    singly = (lexicon.tags_of(word) for word in said)
    told = (tags for tags in singly if len(topics_of(tags)) <= FEW_TOPICS)
    return lexicon.tags_in(" ".join(said)).union(*told)


# A model has few features; what applicants typed is not kept.
tags_of_name = lru_cache(maxsize=1024)(tags_of_value)
