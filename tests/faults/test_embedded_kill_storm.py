"""The same storm over what runs without any configuration: the database comes back by itself."""

from pathlib import Path

import pytest

from tests.faults.conftest import wait_until_at_rest
from tests.faults.deployments import Embedded
from tests.faults.processes import Launcher
from tests.faults.storm import storm


@pytest.mark.parametrize("kills", [11, pytest.param(110, marks=pytest.mark.long)])
def test_embedded(
    kills: int, launcher: Launcher, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Embedded(launcher, prepared) as deployment, capsys.disabled():
        storm(deployment, kills)
    wait_until_at_rest(prepared)
