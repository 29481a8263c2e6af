"""Workers whose machines tell the wrong day do their work all the same, once and at once."""

import shutil
import time
from pathlib import Path

import pytest

from tests.faults import balance
from tests.faults.deployments import OverTcp
from tests.faults.load import Clients
from tests.faults.processes import Launcher
from tests.faults.rows import number
from tests.faults.tcp_server import TcpServer

AT_ONCE_S = 30


@pytest.mark.long
@pytest.mark.skipif(
    shutil.which("faketime") is None,
    reason="NOT TESTED, wrong clocks of whole processes: install faketime (apt-get install faketime)",
)
def test_workers_a_day_off_lose_double_and_delay_nothing(
    launcher: Launcher, home: Path, fresh_server: TcpServer
) -> None:
    with (
        Launcher("+1d") as ahead,
        Launcher("-1d") as behind,
        OverTcp(launcher, home, fresh_server, workers=[ahead, behind]) as deployment,
    ):
        clients = Clients(deployment, 7, pause_s=0.1)
        while len(clients.ledger.adverse) < 12:
            assert not clients.ledger.wrong
            time.sleep(0.1)
        clients.stop()
        balance.seconds_until_settled(deployment, time.monotonic(), AT_ONCE_S)
        balance.check(deployment, clients.ledger)
        told = "abs(extract(epoch from issued_at - now())) > 80000"
        assert number(deployment.database_url, f"select count(*) from notices where {told}") > 0
