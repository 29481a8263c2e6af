"""Seals each tenant's audit events soon after their commit, and checkpoints the chain."""

import asyncio
import contextlib
import time
from collections import defaultdict
from dataclasses import dataclass

import structlog

from app.db import tenants
from app.domain.checkpoints import BrokenCheckpoint, Contradiction
from app.domain.ids import TenantId
from app.observability import metrics
from app.resources import Resources
from app.use_cases.checkpoint_chain import checkpoint_chain
from app.use_cases.seal_events import Mark, seal_events

EVERY_S = 0.25
AFTER_FAILURE_S = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Progress:
    """How far this sealer is with a tenant; `has_moved` since the last checkpoint."""

    mark: Mark | None = None
    has_moved: bool = True
    checkpoint_at: float = 0.0


class Sealing:
    """A loop over tenants; several processes may each run one."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._progress: defaultdict[TenantId, _Progress] = defaultdict(_Progress)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Seal until `stop`, then once more, with a checkpoint of all that is sealed."""
        while not self._stopping.is_set():
            is_well = await self._seal_all()
            with contextlib.suppress(TimeoutError):
                pause = EVERY_S if is_well else AFTER_FAILURE_S
                await asyncio.wait_for(self._stopping.wait(), pause)
        await self._seal_all(is_last=True)

    def stop(self) -> None:
        """End the loop."""
        self._stopping.set()

    async def _seal_all(self, *, is_last: bool = False) -> bool:
        """Seal what is final of every tenant; False where some of that failed."""
        try:
            found = await tenants.find_all(self._resources.sessions)
        except Exception as error:  # noqa: BLE001 -- the loop outlives a database restart
            log.warning("audit.sealing_interrupted", error=type(error).__name__)
            return False
        sealed = [await self._try(tenant_id, is_last=is_last) for tenant_id in found]
        return all(sealed)

    async def _try(self, tenant_id: TenantId, *, is_last: bool) -> bool:
        progress = self._progress[tenant_id]
        try:
            await self._seal(tenant_id, progress)
            if progress.has_moved and (is_last or time.monotonic() >= progress.checkpoint_at):
                await self._checkpoint(tenant_id, progress)
        except Exception as error:  # noqa: BLE001 -- one tenant's failure is not the others'
            log.warning("audit.sealing_failed", tenant=str(tenant_id), error=type(error).__name__)
            return False
        return True

    async def _seal(self, tenant_id: TenantId, progress: _Progress) -> None:
        while True:
            sealed = await seal_events(
                tenant_id,
                progress.mark,
                sessions=self._resources.sessions,
                clock=self._resources.clock,
            )
            progress.mark = sealed.mark
            if sealed.count:
                progress.has_moved = True
                metrics.AUDIT_SEALED.inc(sealed.count)
            if not sealed.is_behind:
                return

    async def _checkpoint(self, tenant_id: TenantId, progress: _Progress) -> None:
        keeping = self._resources.checkpoints
        progress.checkpoint_at = time.monotonic() + keeping.every_s
        made = await checkpoint_chain(
            tenant_id,
            sessions=self._resources.sessions,
            signer=keeping.signer,
            outside=keeping.outside,
            clock=self._resources.clock,
        )
        progress.has_moved = False
        match made:
            case Contradiction(checkpoint, head):
                metrics.AUDIT_ALARMS.labels(kind="contradiction").inc()
                log.error(
                    "audit.chain_contradicts_checkpoint",
                    tenant=str(tenant_id),
                    checkpoint_seq=checkpoint.seq,
                    head_seq=head.seq,
                )
            case BrokenCheckpoint(place, why):
                metrics.AUDIT_ALARMS.labels(kind="forged").inc()
                log.error("audit.checkpoint_forged", tenant=str(tenant_id), place=place, why=why)
            case _:
                return
