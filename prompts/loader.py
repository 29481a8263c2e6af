"""Prompts as files: never edited once used, each known by the hash of its bytes.

A file is front matter (who reads the outcome, language, model settings, the schema of the
answer), the system text, and worked examples. `used.sha256` pins the bytes of every prompt that
was ever labelled; `labels.yaml` says which one of a family is used.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent
USED = "used.sha256"
EXAMPLE = "## example\n"
Shape = Literal["statement", "decision"]
STATEMENT: Mapping[str, Any] = {
    "type": "object",
    "properties": {"statement": {"type": "string"}},
    "required": ["statement"],
    "additionalProperties": False,
}


class PromptEdited(Exception):
    """A prompt that was used has other bytes than when it was: make a new version instead."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The prompt {name} was used and must not change; add a new version.")


class UnknownPrompt(LookupError):
    """No prompt has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no prompt {name!r}; see `rationale prompts list`.")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system text, worked examples (case, answer as JSON), and the model settings they suit.

    `shape` says what it asks for: the statement of one reason, or a whole explanation.
    """

    name: str
    language: str
    audiences: tuple[str, ...]
    shape: Shape
    schema: Mapping[str, Any]
    system: str
    examples: tuple[tuple[str, str], ...]
    temperature: float
    max_tokens: int
    sha256: str

    @property
    def family(self) -> str:
        """The name without its version."""
        return family_of(self.name)


def family_of(name: str) -> str:
    """Take the version off: `explain-reason-en-v1` is of `explain-reason-en`."""
    return name.rpartition("-v")[0] or name


def names(folder: Path = FOLDER) -> list[str]:
    """List every prompt there is, by name."""
    return sorted(path.stem for path in folder.glob("*-v*.md"))


@cache
def load(name: str, folder: Path = FOLDER) -> Prompt:
    """Read a prompt by name. Raises UnknownPrompt, or PromptEdited."""
    if name not in names(folder):
        raise UnknownPrompt(name)
    content = (folder / f"{name}.md").read_text(encoding="utf-8")
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    if used(folder).get(name, sha256) != sha256:
        raise PromptEdited(name)
    _, front_matter, body = content.split("---\n", 2)
    settings = yaml.safe_load(front_matter)
    system, *examples = body.split(EXAMPLE)
    shape: Shape = settings.get("shape", "statement")
    pairs = []
    for example in examples:
        case, _, answer = example.strip().partition("\n")
        if shape == "statement":
            answer = json.dumps({"statement": answer}, ensure_ascii=False)
        pairs.append((case, answer))
    return Prompt(
        settings["name"],
        settings["language"],
        tuple(settings["audiences"]),
        shape,
        settings.get("schema", STATEMENT),
        system.strip(),
        tuple(pairs),
        float(settings["temperature"]),
        int(settings["max_tokens"]),
        sha256,
    )


def used(folder: Path = FOLDER) -> dict[str, str]:
    """Read the pinned hashes of every prompt that was labelled once, by name."""
    path = folder / USED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.split() for line in lines if line.strip())
    return {name: sha256 for sha256, name in pairs}
