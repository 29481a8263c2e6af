"""Tags that several checks ask for; the word lists say which words have them."""

from typing import Final

from app.domain.verification.text import listed

NEGATING: Final = listed("not unable none")
# What a sentence about the decision speaks of.
DECIDING: Final = listed(
    "deciding against bad declined approved grant countered closed changed incomplete_application"
)
# Claims that a check of their own proves, so that the check of words passes them.
CHECKED: Final = listed(
    "high low not unable none enough good bad against top next now declined approved countered"
    " closed changed grant incomplete_application first second third fourth cause broad contrast"
)
MANY_TOPICS: Final = 4  # a word of more topics than this tells none of them
