"""A form of words that a rule forbids, whatever the words mean one by one."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """What a rule forbids, as a pattern over the text."""

    rule: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, rule: str, *alternatives: str) -> "Form":
        """A form that stands where one of several patterns does, capital or not."""
        return cls(rule, either(*alternatives))


def either(*alternatives: str) -> re.Pattern[str]:
    """Return the pattern that finds one of several, capital or not."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guards:
    """The forms of one language.

    `anywhere` are refused in a text of any language, since a writer may fall from one into
    another, `forms` only in one of this language. `alone` weighs a reason against the others;
    `listing`, in a summary, speaks of some reasons as if they were all or alike; `grants` says
    that something was granted, `no_offer` that nothing was offered, `turned_down` that all was
    refused and `limit_cut` that terms were changed. The rest concern
    statements: `cause` adds a circumstance, `cadence` how often, `scope` how much of a thing.
    """

    anywhere: tuple[Form, ...]
    forms: tuple[Form, ...]
    alone: re.Pattern[str]
    listing: re.Pattern[str]
    grants: re.Pattern[str]
    no_offer: re.Pattern[str]
    turned_down: re.Pattern[str]
    limit_cut: re.Pattern[str]
    cause: re.Pattern[str]
    commands: re.Pattern[str]
    cadence: re.Pattern[str]
    scope: re.Pattern[str]
