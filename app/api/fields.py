"""Field types that request bodies share: strict, bounded, and aware of time zones."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

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


def _no_flag(sent: Any) -> Any:  # noqa: ANN401 -- whatever was sent
    if isinstance(sent, bool):
        message = "is a flag, not a number"
        raise ValueError(message)  # noqa: TRY004 -- pydantic reports ValueError by its field
    return sent


def _whole(sent: Any) -> Any:  # noqa: ANN401 -- whatever was sent
    if isinstance(sent, bool | str):
        message = "is not an integer"
        raise ValueError(message)  # noqa: TRY004 -- see _no_flag
    return sent


def _dated(sent: Any) -> Any:  # noqa: ANN401 -- whatever was sent
    """Refuse seconds since 1970, which pydantic would read as a date."""
    if isinstance(sent, int | float) or (isinstance(sent, str) and sent[4:5] != "-"):
        message = "is not written as a date: YYYY-MM-DD"
        raise ValueError(message)
    return sent


Instant = Annotated[AwareDatetime, BeforeValidator(_dated), AfterValidator(_to_utc)]
Day = Annotated[date, BeforeValidator(_dated)]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, BeforeValidator(_whole)]
Exact = Annotated[Decimal, BeforeValidator(_no_flag), Field(allow_inf_nan=False)]
Number = Annotated[Exact, Field(max_digits=40)]
Money = Annotated[Exact, Field(ge=0, le=Decimal("1e12"), max_digits=20)]
Count = Annotated[Whole, Field(ge=0, le=10**12)]
# What would end a line of a log or a letter, or turn the order of what is printed round:
# control characters, the separators of Unicode, and bidirectional overrides and isolates.
_UNPRINTED = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_LINE = rf"[^\x00-\x1f{_UNPRINTED}]"
_LINES = rf"[^\x00-\x08\x0b\x0c\x0e-\x1f{_UNPRINTED}]"  # with tabs and line ends
LINE = rf"^{_LINE}*$"
Name = Annotated[str, Field(max_length=200, pattern=rf"^{_LINE}*[^\x00-\x20{_UNPRINTED}]{_LINE}*$")]
Text = Annotated[
    str, Field(max_length=1000, pattern=rf"^{_LINES}*[^\x00-\x20{_UNPRINTED}]{_LINES}*$")
]
OptionalLine = Annotated[str, Field(max_length=200, pattern=LINE)]
OptionalText = Annotated[str, Field(max_length=1000, pattern=rf"^{_LINES}*$")]
Category = Annotated[OptionalText, AfterValidator(_no_number_word)]
ModelInput = Annotated[Any, AfterValidator(_plain)]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=20)]


class Strict(BaseModel):
    """A body that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
