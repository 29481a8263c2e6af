"""Workers on a database of their own, in this process and in others."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.embedded import postgres
from app.embedded.start import start
from app.resources import Resources
from app.settings import Settings
from tests.conftest import MASTER_KEY
from tests.use_cases.conftest import actor, declined
from tests.worker.crew import Crew

__all__ = ["actor", "declined"]
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def environment(server: dict[str, str], database: str) -> dict[str, str]:
    return {
        "DATABASE_URL": postgres.url(server, "service", database),
        "RATIONALE_MASTER_KEY": MASTER_KEY.hex(),
        "SCORING_URL": NOWHERE,
        "PRICING_URL": NOWHERE,
        "OIDC_ISSUER": NOWHERE,
        "OIDC_JWKS_URL": f"{NOWHERE}/jwks",
        "LLM_DISABLED": "true",
        "RATIONALE_POOL_SIZE": "4",
    }


@pytest.fixture(scope="module")
async def resources(environment: dict[str, str], state: Path) -> AsyncIterator[Resources]:
    started = await start(Settings.model_validate({**environment, "RATIONALE_HOME": str(state)}))
    yield started.resources
    await started.close()


@pytest.fixture(scope="module")
def crew(
    environment: dict[str, str], state: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crew]:
    """A process that has imported everything and forks a worker whenever it is told to."""
    done = tmp_path_factory.mktemp("crew") / "done"
    done.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.worker.crew", str(done)],
        env={**os.environ, **environment, "RATIONALE_HOME": str(state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with Crew(process, done) as made:
        yield made
