"""Domain values to JSON bytes and back, exactly: Decimal as text, instants with their offset."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(value: object) -> bytes:
    """Serialise a domain value."""
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[T], data: bytes) -> T:
    """Restore a domain value of a kind."""
    restored: T = _adapter(kind).validate_json(data)
    return restored
