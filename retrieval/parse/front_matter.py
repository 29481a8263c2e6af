"""Reads the YAML in front of a Markdown document as plain JSON-like values."""

import math
import re
from collections.abc import Hashable
from typing import Any

import yaml
from typing_extensions import override

from retrieval.parse.structure import Reason, UnreadableDocument

MAX_CHARACTERS = 64_000  # PyYAML is slow, and nothing longer describes a document
# What PostgreSQL and UTF-8 cannot hold; YAML's escapes can spell both.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """YAML without aliases, so that nothing can expand, and without dates made of strings."""

    @override
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            at = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the stubs leave it open
            raise yaml.MarkedYAMLError(problem="aliases are not accepted", problem_mark=at)
        return super().compose_node(parent, index)

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        held = super().construct_mapping(node, deep)
        if len(held) != len(node.value):
            raise yaml.MarkedYAMLError(problem="a name stands twice", problem_mark=node.start_mark)
        return held


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in held if not tag.endswith((":timestamp", ":merge"))]
    for first, held in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_front_matter(source: str) -> dict[str, object]:
    """Return the mapping; its values are strings, numbers, booleans, None, lists and mappings.

    A date stays the string it was written as. Raises UnreadableDocument (bad-front-matter).
    """
    if len(source) > MAX_CHARACTERS:
        raise _bad(f"it is longer than {MAX_CHARACTERS:,} characters")
    try:
        held = yaml.load(source, Loader=_Loader)  # noqa: S506 -- a SafeLoader
        if held is None:
            return {}
        if not isinstance(held, dict):
            raise _bad("it is no mapping of names to values")
        return {_name(key): _plain(value) for key, value in held.items()}
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise _bad(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise _bad("it is nested too deeply") from error


def _bad(why: str) -> UnreadableDocument:
    return UnreadableDocument(
        Reason.BAD_FRONT_MATTER,
        f"The front matter between the lines of '---' cannot be used: {why}.",
    )


def _name(key: object) -> str:
    if not isinstance(key, str) or UNSTORABLE.search(key):
        raise _bad(f"the name {key!r} is not a string")
    return key


def _plain(value: object) -> object:
    match value:
        case bool() | int() | None:
            return value
        case float() if math.isfinite(value):
            return value
        case str() if not UNSTORABLE.search(value):
            return value
        case list():
            return [_plain(each) for each in value]
        case dict():
            return {_name(key): _plain(each) for key, each in value.items()}
        case _:
            raise _bad(f"a value of type {type(value).__name__} cannot be kept")
