"""The same storm over what runs without any configuration: the database comes back by itself."""

from pathlib import Path

import pytest

from tests.conftest import wait_until_at_rest
from tests.faults.deployments import Embedded
from tests.faults.processes import Launcher
from tests.faults.storm import storm

LONG = (pytest.mark.long, pytest.mark.timeout(3600))


@pytest.mark.parametrize(("kills", "breaths"), [(11, 0), pytest.param(110, 0.4, marks=LONG)])
def test_embedded(
    kills: int,
    breaths: float,
    launcher: Launcher,
    prepared: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Embedded(launcher, prepared) as deployment, capsys.disabled():
        storm(deployment, kills, breaths=breaths)
    wait_until_at_rest(prepared)
