"""The worker's sealer: soon after a commit, whatever fails beside it, and once more at its end."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import structlog

from app.adapters.checkpoint_files import CheckpointFiles
from app.domain.ids import TenantId
from app.resources import CheckpointKeeping
from app.worker.sealing import Sealing
from tests.audit.conftest import Trail, now


class Beside:
    """A sealer of one trail, as a worker runs it."""

    def __init__(self, trail: Trail, every_s: float = 3600) -> None:
        self.tenants: list[TenantId] = [trail.tenant]
        keeping = CheckpointKeeping(trail.signer, trail.outside, every_s)
        self.sealing = Sealing(trail.sessions, keeping, self.find, now)
        self.task = asyncio.create_task(self.sealing.run())

    async def find(self) -> Sequence[TenantId]:
        return self.tenants

    async def stop(self) -> None:
        self.sealing.stop()
        await self.task


async def until_sealed(trail: Trail, wanted: int) -> None:
    for _ in range(1000):
        if len(await trail.chain()) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(await trail.chain())


async def test_what_is_written_is_sealed_without_being_asked_and_attested_at_the_end(
    trail: Trail,
) -> None:
    beside = Beside(trail)
    await trail.write(3)
    await until_sealed(trail, 3)
    await trail.write(2)
    await until_sealed(trail, 5)
    await beside.stop()
    verified = await trail.verify()
    assert verified.is_whole
    assert verified.outside is not None
    assert verified.outside.checkpoint.seq == 5


async def test_a_chain_that_grows_is_attested_from_time_to_time(trail: Trail) -> None:
    beside = Beside(trail, every_s=0.01)
    for count in range(1, 4):
        await trail.write(1)
        await until_sealed(trail, count)
    for _ in range(500):
        if trail.file.exists() and b'"seq":3,' in trail.file.read_bytes():
            break
        await asyncio.sleep(0.02)
    verified = await trail.verify()  # before the last checkpoint, which `stop` makes
    await beside.stop()
    assert verified.is_whole
    assert verified.outside is not None
    assert verified.outside.checkpoint.seq == 3


async def test_one_tenant_that_cannot_be_attested_stops_no_other(
    trail: Trail, tmp_path: Path
) -> None:
    """Its file is a folder; its events are sealed all the same."""
    other = replace(trail, tenant=TenantId(uuid4()))
    CheckpointFiles(tmp_path / "checkpoints").path(trail.tenant).mkdir(parents=True)
    beside = Beside(trail, every_s=0.01)
    beside.tenants.append(other.tenant)
    with structlog.testing.capture_logs() as logs:
        await trail.write(1)
        await other.write(1)
        await until_sealed(trail, 1)
        await until_sealed(other, 1)
        await beside.stop()
    assert {"audit.sealing_failed"} == {entry["event"] for entry in logs}
    assert (await other.verify()).outside is not None


async def test_a_chain_that_its_checkpoint_contradicts_raises_an_alarm(
    trail: Trail, superuser: asyncpg.Connection
) -> None:
    await trail.grow(2)
    await superuser.execute("delete from audit_chain where tenant_id = $1", trail.tenant)
    beside = Beside(trail, every_s=0.01)
    with structlog.testing.capture_logs() as logs:
        await until_sealed(trail, 2)
        await beside.stop()
    (alarm, *_) = [e for e in logs if e["event"] == "audit.chain_contradicts_checkpoint"]
    assert (alarm["log_level"], alarm["checkpoint_seq"]) == ("error", 2)
    assert len(trail.file.read_text().splitlines()) == 1
