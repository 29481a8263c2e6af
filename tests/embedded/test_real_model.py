"""The embedded language model, once, through the whole thread."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.embedded.demo import run_demo
from app.embedded.start import start
from app.settings import Settings
from tests.conftest import state_folder


@pytest.fixture
def own_state() -> Iterator[Path]:
    """A database of its own: no other worker may take the job and explain without the model."""
    with state_folder() as folder:
        yield folder


@pytest.mark.model
async def test_a_real_model_explains_a_real_decline_and_survives_a_kill(
    own_state: Path,
) -> None:
    settings = Settings(home=own_state)
    started = await start(settings)
    try:
        shown = await run_demo(started, settings, own_state)
        assert started.writer is not None
        attachment = started.writer._attachment  # noqa: SLF001 -- to find the process to kill
        assert attachment is not None
        os.kill(int(attachment.endpoint["pid"]), signal.SIGKILL)
        again = await run_demo(started, settings, own_state)
    finally:
        await started.close()
    assert shown.explanation["verdict"] == "verified"
    assert shown.explanation["written_by"] in {"model", "template"}
    assert shown.explanation["tokens"] > 0
    assert again.explanation["verdict"] == "verified"
    assert datetime.fromisoformat(shown.notice["due_at"]) > datetime.now(UTC)
    for name, page in shown.pages.items():
        held = Path(page.removeprefix("file://").partition("#")[0].replace("%20", " ")).read_text()
        assert ('id="quote"' in held) == name.startswith("citation")
