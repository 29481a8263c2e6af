"""What is refused about wordings."""

from collections.abc import Sequence

from app.domain.errors import DomainError
from app.domain.ids import WordingId


class WordingNotFound(DomainError):
    """No such wording is held."""

    code = "wording-not-found"

    def __init__(self, wording_id: WordingId) -> None:
        super().__init__(f"There is no wording {wording_id}.")


class WordingUnproved(DomainError):
    """A wording that some value of its facts makes untrue; nothing was stored."""

    code = "wording-unproved"

    def __init__(self, counterexamples: Sequence[str]) -> None:
        super().__init__(f"The wording cannot be said of every value: {'; '.join(counterexamples)}")


class WordingNotInReview(DomainError):
    """A wording that no review is open on: it was decided, or what it rests on has changed."""

    code = "wording-not-in-review"

    def __init__(self, wording_id: WordingId, state: str) -> None:
        super().__init__(f"Wording {wording_id} is {state.replace('_', ' ')}, not in review.")


class ReviewerNotIndependent(DomainError):
    """Four eyes: whoever worded a text or asked for it does not review it."""

    code = "reviewer-not-independent"

    def __init__(self, wording_id: WordingId) -> None:
        super().__init__(
            f"Wording {wording_id} must be reviewed by somebody who neither drafted it nor asked "
            "for it."
        )
