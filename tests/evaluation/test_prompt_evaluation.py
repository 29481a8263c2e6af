"""A prompt is measured on the same dossiers as the one in use, and a worse one is told apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.domain.errors import WriterUnavailable
from app.evaluation.prompts import (
    PromptScore,
    evaluate_prompt,
    fixed_dossiers,
    promote_unless_worse,
)
from prompts import labels as labelling
from prompts.loader import FOLDER, load
from tests.contracts.fake_endpoint import FakeEndpoint
from tests.domain.kinds_of_notice import CATALOGUE

DOSSIERS = fixed_dossiers(CATALOGUE, "en", audience="customer")


def writer_at(fake: FakeEndpoint, prompt: str) -> OpenAIWriter:
    return OpenAIWriter(Endpoint(fake.base_url, "key", "fake")).with_prompt(load(prompt))


def test_the_dossiers_are_the_same_ones_always() -> None:
    assert fixed_dossiers(CATALOGUE, "en", audience="customer") == DOSSIERS
    assert len(DOSSIERS) == 24
    codes = [[reason.code for reason in dossier.reasons] for dossier in DOSSIERS]
    assert all(len(set(of)) == len(of) for of in codes)
    assert {len(of) for of in codes} == {1, 2, 3, 4}
    assert len({code for of in codes for code in of}) == 18


async def test_what_the_template_writes_of_them_is_proved() -> None:
    score = await evaluate_prompt(TemplateWriter(), DOSSIERS)
    assert (score.accepted, score.reasons_accepted) == (24, 60)
    assert score.share == 1


@pytest.mark.parametrize("prompt", ["explain-reason-en-v1", "explain-decision-en-v1"])
@pytest.mark.parametrize(("step", "accepted"), [("faithful", 24), ("hallucinated", 0)])
async def test_the_share_is_of_first_drafts(prompt: str, step: str, accepted: int) -> None:
    fake = FakeEndpoint(step)
    writer = writer_at(fake, prompt)
    score = await evaluate_prompt(writer, DOSSIERS)
    await writer.close()
    fake.close()
    assert score.accepted == accepted


async def test_a_model_that_does_not_answer_is_no_measure() -> None:
    fake = FakeEndpoint("401")
    writer = writer_at(fake, "explain-reason-en-v1")
    with pytest.raises(WriterUnavailable):
        await evaluate_prompt(writer, DOSSIERS)
    await writer.close()
    fake.close()


def test_fewer_dossiers_are_worse_and_of_as_many_fewer_reasons() -> None:
    good = PromptScore(20, 24, 55, 60, 0, 0)
    assert PromptScore(19, 24, 60, 60, 0, 0).is_worse_than(good)
    assert PromptScore(20, 24, 54, 60, 0, 0).is_worse_than(good)
    assert not PromptScore(20, 24, 55, 60, 9, 9).is_worse_than(good)


@pytest.mark.parametrize(
    ("script", "is_promoted"),
    [
        (("faithful", "hallucinated"), False),
        (("hallucinated", "faithful"), True),
        (("faithful", "faithful"), True),
    ],
)
async def test_a_worse_prompt_is_not_promoted(
    tmp_path: Path, script: tuple[str, ...], *, is_promoted: bool
) -> None:
    first, second = "explain-reason-en-v1", "explain-reason-en-v2"
    content = (FOLDER / f"{first}.md").read_text(encoding="utf-8")
    (tmp_path / f"{first}.md").write_text(content, encoding="utf-8")
    (tmp_path / f"{second}.md").write_text(content.replace(first, second), encoding="utf-8")
    labelling.promote(first, "", tmp_path)
    fake = FakeEndpoint(*script)
    writer = OpenAIWriter(Endpoint(fake.base_url, "key", "fake"))

    done = await promote_unless_worse(second, writer, CATALOGUE, count=1, folder=tmp_path)

    await writer.close()
    fake.close()
    assert done.is_promoted == is_promoted
    assert set(done.measured) == {first, second}
    used = labelling.labels(tmp_path)["explain-reason-en"].production
    assert used == (second if is_promoted else first)


async def test_a_prompt_that_could_not_be_measured_is_not_promoted(tmp_path: Path) -> None:
    name = "explain-reason-en-v1"
    content = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    (tmp_path / f"{name}.md").write_text(content, encoding="utf-8")
    fake = FakeEndpoint("500")
    writer = OpenAIWriter(Endpoint(fake.base_url, "key", "fake"))
    with pytest.raises(WriterUnavailable):
        await promote_unless_worse(name, writer, CATALOGUE, count=1, folder=tmp_path)
    await writer.close()
    fake.close()
    assert labelling.labels(tmp_path) == {}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", "prompts", *arguments],
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_prompts_are_listed_with_their_labels() -> None:
    listed = run("list")
    assert listed.returncode == 0
    assert "explain-reason-en-v1" in listed.stdout
    assert "production" in listed.stdout


@pytest.mark.parametrize("command", ["propose", "promote"])
def test_a_prompt_that_is_not_there_is_refused_in_one_line(command: str) -> None:
    refused = run(command, "explain-nothing-en-v1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("rationale: There is no prompt")
    assert refused.stderr.count("\n") == 1
