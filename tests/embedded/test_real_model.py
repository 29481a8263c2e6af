"""The embedded language model, once, through the whole thread."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.embedded.demo import run_demo
from app.embedded.start import start
from app.settings import Settings


@pytest.mark.model
async def test_a_real_model_explains_a_real_decline_and_survives_a_kill(
    embedded_database: Path,
) -> None:
    settings = Settings(home=embedded_database)
    started = await start(settings)
    try:
        shown = await run_demo(started, settings, embedded_database)
        assert started.writer is not None
        attachment = started.writer._attachment  # noqa: SLF001 -- to find the process to kill
        assert attachment is not None
        os.kill(int(attachment.endpoint["pid"]), signal.SIGKILL)
        again = await run_demo(started, settings, embedded_database)
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
