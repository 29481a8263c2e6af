"""Seals each tenant's audit events soon after their commit, and checkpoints the chain."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from app.db.engine import Sessions
from app.domain.checkpoints import BrokenCheckpoint, Contradiction
from app.domain.ids import TenantId
from app.observability import metrics
from app.resources import CheckpointKeeping
from app.use_cases.checkpoint_chain import checkpoint_chain
from app.use_cases.ports import Clock
from app.use_cases.seal_events import Mark, seal_events

EVERY_S = 0.25
AFTER_FAILURE_S = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Progress:
    """How far this sealer is with a tenant, and when the chain is next to be checkpointed."""

    mark: Mark | None = None
    checkpoint_at: float = 0.0


class Sealing:
    """A loop over tenants, found anew each time; several processes may each run one."""

    def __init__(
        self,
        sessions: Sessions,
        keeping: CheckpointKeeping,
        find_tenants: Callable[[], Awaitable[Sequence[TenantId]]],
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._keeping = keeping
        self._find_tenants = find_tenants
        self._clock = clock
        self._progress: dict[TenantId, _Progress] = {}
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
            found = await self._find_tenants()
        except Exception as error:  # noqa: BLE001 -- the loop outlives a database restart
            log.warning("audit.sealing_interrupted", error=type(error).__name__)
            return False
        sealed = [await self._try(tenant_id, is_last=is_last) for tenant_id in found]
        return all(sealed)

    async def _try(self, tenant_id: TenantId, *, is_last: bool) -> bool:
        progress = self._progress.setdefault(tenant_id, _Progress())
        try:
            await self._seal(tenant_id, progress)
            if is_last or time.monotonic() >= progress.checkpoint_at:
                progress.checkpoint_at = time.monotonic() + self._keeping.every_s
                await self._checkpoint(tenant_id)
        except Exception as error:  # noqa: BLE001 -- one tenant's failure is not the others'
            log.warning("audit.sealing_failed", tenant=str(tenant_id), error=type(error).__name__)
            return False
        return True

    async def _seal(self, tenant_id: TenantId, progress: _Progress) -> None:
        is_behind = True
        while is_behind:
            sealed = await seal_events(
                tenant_id, progress.mark, sessions=self._sessions, clock=self._clock
            )
            progress.mark, is_behind = sealed.mark, sealed.is_behind
            metrics.AUDIT_SEALED.inc(sealed.count)

    async def _checkpoint(self, tenant_id: TenantId) -> None:
        made = await checkpoint_chain(
            tenant_id,
            sessions=self._sessions,
            signer=self._keeping.signer,
            outside=self._keeping.outside,
            clock=self._clock,
        )
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
