"""Which prompt of a family is used (`production`) and which one is on trial (`candidate`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from prompts.loader import FOLDER, USED, Prompt, family_of, load, names, used

LABELS = "labels.yaml"
HEADER = (
    "# Which prompt of each family is used. Moved by `rationale prompts promote`, which measures\n"
    "# first; reviewed and versioned like the prompts themselves.\n"
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one family; `measured` is what the production prompt was promoted on."""

    production: str | None = None
    candidate: str | None = None
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A prompt with its labels, as an operator sees it."""

    prompt: Prompt
    label: str
    is_used: bool


def labels(folder: Path = FOLDER) -> dict[str, Labels]:
    """Read the labels, by family."""
    path = folder / LABELS
    held: dict[str, dict[str, Any]] = (
        yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}
    )
    return {
        family: Labels(of.get("production"), of.get("candidate"), of.get("measured", ""))
        for family, of in held.items()
    }


def production(family: str, folder: Path = FOLDER) -> Prompt | None:
    """Return the prompt of a family that is used, if one is."""
    name = labels(folder).get(family, Labels()).production
    return None if name is None else load(name, folder)


def listed(folder: Path = FOLDER) -> list[Listed]:
    """List every prompt with its labels."""
    pinned, held = used(folder), labels(folder)
    found = []
    for name in names(folder):
        of = held.get(family_of(name), Labels())
        label = {of.candidate: "candidate", of.production: "production"}.get(name, "")
        found.append(Listed(load(name, folder), label, name in pinned))
    return found


def propose(name: str, folder: Path = FOLDER) -> None:
    """Label a prompt `candidate`; from now on its bytes are pinned."""
    prompt = load(name, folder)
    held = labels(folder)
    standing = held.get(prompt.family, Labels())
    held[prompt.family] = Labels(standing.production, name, standing.measured)
    _write(held, prompt, folder)


def promote(name: str, measured: str, folder: Path = FOLDER) -> None:
    """Label a prompt `production`, with what it was measured at."""
    prompt = load(name, folder)
    held = labels(folder)
    standing = held.get(prompt.family, Labels())
    candidate = None if standing.candidate == name else standing.candidate
    held[prompt.family] = Labels(name, candidate, measured)
    _write(held, prompt, folder)


def _write(held: dict[str, Labels], prompt: Prompt, folder: Path) -> None:
    """Pin first: a labelled prompt that is not pinned could still change."""
    pinned = used(folder) | {prompt.name: prompt.sha256}
    lines = [f"{sha256}  {name}\n" for name, sha256 in sorted(pinned.items())]
    (folder / USED).write_text("".join(lines), encoding="utf-8")
    content = {
        family: {
            key: value
            for key, value in (
                ("production", of.production),
                ("candidate", of.candidate),
                ("measured", of.measured),
            )
            if value
        }
        for family, of in sorted(held.items())
    }
    written = HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    (folder / LABELS).write_text(written, encoding="utf-8")
