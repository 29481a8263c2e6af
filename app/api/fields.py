"""Field types that request bodies share: strict, bounded, and aware of time zones."""

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

LAST_YEAR = 2999  # what runs from an instant must still be a date
LARGEST_INTEGER = 2**53 - 1  # RFC 8785, by which requests are told apart, has no larger one
DEEPEST = 8
NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


def _to_utc(instant: datetime) -> datetime:
    try:
        moved = instant.astimezone(UTC)
    except OverflowError:
        moved = None
    if moved is None or moved.year > LAST_YEAR:
        message = "lies outside the years that can be reckoned with"
        raise ValueError(message)
    return moved


def _plain(sent: Any, depth: int = 1) -> Any:  # noqa: ANN401 -- JSON of any shape
    """Accept what JSON can say and a model can be sent: bounded numbers, whole characters."""
    why = None
    if depth > DEEPEST:
        why = "is nested too deep"
    elif isinstance(sent, dict):
        for name, held in sent.items():
            _plain(name, depth + 1)
            _plain(held, depth + 1)
    elif isinstance(sent, list):
        for held in sent:
            _plain(held, depth + 1)
    elif isinstance(sent, float) and not math.isfinite(sent):
        why = "is not a finite number"
    elif isinstance(sent, int) and abs(sent) > LARGEST_INTEGER:
        why = "is larger than 2^53 - 1"
    elif isinstance(sent, str) and any("\ud800" <= c <= "\udfff" for c in sent):
        why = "holds half a character"
    if why is not None:
        raise ValueError(why)
    return sent


def _no_number_word(sent: str) -> str:
    if sent in NOT_NUMBERS:
        message = "is not a finite number"
        raise ValueError(message)
    return sent


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=40)]
Money = Annotated[Decimal, Field(allow_inf_nan=False, ge=0, le=Decimal("1e12"), max_digits=20)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")]
# Lines of text: tabs and line ends, and no other control character.
_LINES = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]"
Text = Annotated[str, Field(max_length=1000, pattern=rf"^{_LINES}*[^\x00-\x20]{_LINES}*$")]
OptionalLine = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
OptionalText = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Category = Annotated[OptionalText, AfterValidator(_no_number_word)]
ModelInput = Annotated[Any, AfterValidator(_plain)]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=20)]


class Strict(BaseModel):
    """A body that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
