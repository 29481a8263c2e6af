"""Prompts as files: never edited once used, each known by the hash of its bytes."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
EXAMPLE = "## example\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system text, worked examples (case, answer), and the model settings they suit."""

    name: str
    system: str
    examples: tuple[tuple[str, str], ...]
    temperature: float
    max_tokens: int
    sha256: str


@cache
def load(name: str) -> Prompt:
    """Read a prompt by name."""
    content = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    _, front_matter, body = content.split("---\n", 2)
    settings = yaml.safe_load(front_matter)
    system, *examples = body.split(EXAMPLE)
    pairs = []
    for example in examples:
        case, _, answer = example.strip().partition("\n")
        pairs.append((case, answer))
    return Prompt(
        settings["name"],
        system.strip(),
        tuple(pairs),
        float(settings["temperature"]),
        int(settings["max_tokens"]),
        hashlib.sha256(content.encode()).hexdigest(),
    )
