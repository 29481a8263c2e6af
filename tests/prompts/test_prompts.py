"""A used prompt never changes, and each label names a prompt that is there."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from prompts import labels as labelling
from prompts.loader import FOLDER, PromptEdited, UnknownPrompt, load, names, used


def test_a_used_prompt_has_the_bytes_it_was_used_with() -> None:
    for name, sha256 in used().items():
        content = (FOLDER / f"{name}.md").read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256, f"{name} was edited: add a version"


def test_what_is_labelled_is_pinned() -> None:
    for family, of in labelling.labels().items():
        for name in {of.production, of.candidate} - {None}:
            assert name in used()
            assert load(str(name)).family == family


def test_every_set_has_a_prompt_for_each_language() -> None:
    for family in ("explain-reason", "explain-decision"):
        for language in ("en", "es"):
            prompt = labelling.production(f"{family}-{language}")
            assert prompt is not None
            assert prompt.language == language


@pytest.mark.parametrize("name", names())
def test_a_prompt_says_what_it_is_for(name: str) -> None:
    prompt = load(name)
    assert prompt.name == name
    assert prompt.audiences
    assert 0 <= prompt.temperature <= 1
    assert prompt.max_tokens > 0
    assert prompt.schema["additionalProperties"] is False
    assert prompt.examples
    required = set(prompt.schema["required"])
    for case, answer in prompt.examples:
        assert case.startswith(("<facts>", "<case>"))
        assert set(json.loads(answer)) == required


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one used prompt, and a new version of it."""
    first = FOLDER / "explain-reason-en-v1.md"
    shutil.copy(first, tmp_path)
    content = first.read_text(encoding="utf-8").replace(
        "explain-reason-en-v1", "explain-reason-en-v2"
    )
    (tmp_path / "explain-reason-en-v2.md").write_text(content, encoding="utf-8")
    labelling.promote("explain-reason-en-v1", "measured", tmp_path)
    return tmp_path


def test_labels_move_from_candidate_to_production(folder: Path) -> None:
    labelling.propose("explain-reason-en-v2", folder)
    proposed = labelling.labels(folder)["explain-reason-en"]
    assert (proposed.production, proposed.candidate) == (
        "explain-reason-en-v1",
        "explain-reason-en-v2",
    )
    assert [(row.prompt.name, row.label) for row in labelling.listed(folder)] == [
        ("explain-reason-en-v1", "production"),
        ("explain-reason-en-v2", "candidate"),
    ]

    labelling.promote("explain-reason-en-v2", "24 of 24", folder)

    moved = labelling.labels(folder)["explain-reason-en"]
    assert moved == labelling.Labels("explain-reason-en-v2", None, "24 of 24")
    assert labelling.production("explain-reason-en", folder) == load("explain-reason-en-v2", folder)


def test_a_labelled_prompt_that_is_edited_is_not_read_again(folder: Path) -> None:
    labelling.propose("explain-reason-en-v2", folder)
    path = folder / "explain-reason-en-v2.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    load.cache_clear()
    with pytest.raises(PromptEdited, match="add a new version"):
        load("explain-reason-en-v2", folder)


@pytest.mark.parametrize("name", ["explain-nothing-en-v1", "../README", "loader"])
def test_a_name_of_no_prompt_is_refused(name: str) -> None:
    with pytest.raises(UnknownPrompt):
        load(name)
