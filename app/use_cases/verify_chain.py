"""Verify a tenant's whole audit trail against its chain and its checkpoints."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from app.db import audit_chain, checkpoints
from app.db.audit_chain import START
from app.db.engine import Sessions
from app.domain.audit_findings import Finding, Findings
from app.domain.audit_reading import CheckpointRun, Verification, compare_ends
from app.domain.audit_verification import Attested, ChainWalk
from app.domain.checkpoints import SignedCheckpoint
from app.domain.ids import TenantId
from app.use_cases.ports import CheckpointSigner, OutsideCheckpoints

Progress = Callable[[int, int], None]
BATCH = 1000


async def verify_chain(
    tenant_id: TenantId,
    *,
    sessions: Sessions,
    signer: CheckpointSigner,
    outside: OutsideCheckpoints,
    progress: Progress = lambda _, __: None,
) -> Verification:
    """Read everything once, as it stood at one instant, in memory that does not grow with it.

    The outside is opened first: what is in it by then is in the database that is read.
    """
    findings = Findings()
    walk = ChainWalk(tenant_id, findings)
    place = str(outside.path(tenant_id))
    placed = _Outside(tenant_id, findings, signer, outside)
    kept = CheckpointRun(tenant_id, findings)
    async with sessions.begin_snapshot(tenant_id) as tx:
        total = (await audit_chain.get_head(tx)).seq
        reached = 0
        while links := await audit_chain.read_links(tx, reached, limit=BATCH):
            up_to = links[-1].link.seq
            attested: defaultdict[int, list[Attested]] = defaultdict(list)
            for where, told in placed.up_to(up_to):
                attested[told.checkpoint.seq].append(Attested(told.checkpoint.link_sha256, where))
            for row in await checkpoints.find_between(tx, reached, up_to):
                where = f"the database's checkpoint {row.seq}"
                found = kept.read(signer.read(row.document, where), where)
                if found is not None:
                    attested[row.seq].append(Attested(found.checkpoint.link_sha256, where))
            for standing in links:
                walk.read(standing, attested.get(standing.link.seq, ()))
            reached = up_to
            progress(reached, total)
        walk.end()
        for row in await checkpoints.find_between(tx, reached):
            where = f"the database's checkpoint {row.seq}"
            kept.read(signer.read(row.document, where), where)
        placed.rest()
        unsealed = await audit_chain.find_unsealed(
            tx, START, behind=await audit_chain.find_start(tx)
        )
    compare_ends(walk.head, kept, placed.run, place, findings)
    for event_id in unsealed.behind:
        detail = "stands among events that were sealed without it"
        findings.add(Finding("event-inserted", 0, 0, detail, event_id))
    return Verification(
        tenant_id,
        walk.head,
        kept.last,
        placed.run.last,
        unsealed,
        findings.listed(),
        findings.left_out,
    )


class _Outside:
    """The checkpoints outside the database, taken as the chain is read."""

    def __init__(
        self,
        tenant_id: TenantId,
        findings: Findings,
        signer: CheckpointSigner,
        outside: OutsideCheckpoints,
    ) -> None:
        self.run = CheckpointRun(tenant_id, findings)
        self._place = outside.path(tenant_id).name
        self._signer = signer
        self._lines = outside.lines(tenant_id)
        self._next = self._read()

    def up_to(self, seq: int) -> Sequence[tuple[str, SignedCheckpoint]]:
        """Take those of links up to a number."""
        taken = []
        while self._next is not None and self._next[1].checkpoint.seq <= seq:
            taken.append(self._next)
            self._next = self._read()
        return taken

    def rest(self) -> None:
        """Read those beyond the end of the chain."""
        while self._next is not None:
            self._next = self._read()

    def _read(self) -> tuple[str, SignedCheckpoint] | None:
        for number, document in self._lines:
            where = f"{self._place} line {number}"
            found = self.run.read(self._signer.read(document, where), where)
            if found is not None:
                return where, found
        return None
