"""Whatever is killed at whatever moment, what was acknowledged ends explained and notified, once."""

from pathlib import Path

import pytest

from tests.faults.deployments import OverTcp
from tests.faults.processes import Launcher
from tests.faults.storm import storm
from tests.faults.tcp_server import TcpServer


@pytest.mark.parametrize("kills", [10, pytest.param(110, marks=pytest.mark.long)])
def test_over_tcp(
    kills: int,
    launcher: Launcher,
    home: Path,
    fresh_server: TcpServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with OverTcp(launcher, home, fresh_server) as deployment, capsys.disabled():
        storm(deployment, kills)
