"""Domain values to JSON bytes and back, exactly: Decimal as text, instants with their offset."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("type[Any]", kind))


def to_json(value: object) -> bytes:
    """Serialise a domain value."""
    return _adapter(cast("Hashable", type(value))).dump_json(value)


def from_json(kind: type[T], data: bytes) -> T:
    """Restore a domain value of a kind."""
    restored: T = _adapter(cast("Hashable", kind)).validate_json(data)
    return restored
