"""Whatever is killed at whatever moment, what was acknowledged ends explained and notified, once."""

from pathlib import Path

import pytest

from tests.faults.deployments import OverTcp
from tests.faults.processes import Launcher
from tests.faults.storm import storm
from tests.faults.tcp_server import TcpServer

LONG = (pytest.mark.long, pytest.mark.timeout(3600))


@pytest.mark.parametrize(("kills", "breaths"), [(10, 0), pytest.param(110, 0.4, marks=LONG)])
def test_over_tcp(
    kills: int,
    breaths: float,
    launcher: Launcher,
    home: Path,
    fresh_server: TcpServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with OverTcp(launcher, home, fresh_server) as deployment, capsys.disabled():
        storm(deployment, kills, breaths=breaths)
