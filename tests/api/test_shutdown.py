"""A process that leaves says so first, answers what it began and refuses what comes after."""

import asyncio
from pathlib import Path

import httpx
import pytest
import structlog

from app.embedded import serving as running
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, start
from app.settings import Settings
from tests.api.limited import Limited, is_problem, limited
from tests.api.test_backpressure import ADVERSE, locked, until_waiting


async def test_readyz_turns_first_then_what_began_is_answered_and_nothing_new_is_taken(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SHUTDOWN_S", 1)
    settings = Settings(home=state, llm_disabled=True, drain_s=4)
    started = await start(settings)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        service = Limited(started, port, http)
        serve = serving(started, settings, listening, with_worker=False)
        await serve.__aenter__()
        await http.get("/readyz")
        headers = service.token()
        async with locked(service, "decisions"):
            path = f"/v1/decisions/{DEMO_TENANT}"
            cut_off = asyncio.create_task(http.get(path, headers=headers))
            async with locked(service, "model_registrations"):
                in_flight = asyncio.create_task(http.get("/v1/models", headers=headers))
                await until_waiting(service, 2)
                leaving = asyncio.create_task(serve.__aexit__(None, None, None))
                await asyncio.sleep(0.2)
                assert is_problem(await http.get("/readyz"), 503, "not-ready")
                assert (await http.get("/livez")).headers["connection"] == "close"
            assert (await in_flight).status_code == 200
            assert is_problem(await cut_off, 503, "shutting-down")
        await leaving
        with pytest.raises(httpx.ConnectError):
            await http.get("/livez")
    await started.close()


async def test_what_nobody_foresaw_is_a_problem_and_its_message_is_not_logged(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with limited(state) as service:

        def broken() -> None:
            raise RuntimeError("Jordan Example owes 12,000")

        monkeypatch.setattr(type(service.started.resources), "clock", lambda _: broken())
        with structlog.testing.capture_logs() as logs:
            body = {**ADVERSE, "external_id": "foreseen by nobody"}
            answer = await service.http.post("/v1/decisions", json=body, headers=service.token())
        assert is_problem(answer, 500, "internal-error")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "Jordan" not in answer.text + str(logs)
        failed = [entry for entry in logs if entry["event"] == "request.failed"]
        assert [entry["error"] for entry in failed] == ["RuntimeError"]
        assert any("test_shutdown.py" in line for line in failed[0]["at"])
