"""Checkpoints as they stand in one place, read in their order and compared with the chain."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.audit_chain import Head
from app.domain.audit_findings import Finding, Findings
from app.domain.checkpoints import BrokenCheckpoint, SignedCheckpoint
from app.domain.ids import EventId, TenantId

Read = SignedCheckpoint | BrokenCheckpoint


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Events that no link seals: how many, and the earliest instant of one.

    `behind` are some of those that stand before the last sealed event: nothing is committed there.
    """

    count: int
    oldest_at: datetime | None
    behind: tuple[EventId, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read of a tenant's trail, and what is wrong with it.

    `outside` is the last checkpoint outside the database, `kept` the last one in it.
    """

    tenant_id: TenantId
    head: Head
    kept: SignedCheckpoint | None
    outside: SignedCheckpoint | None
    unsealed: Unsealed
    findings: tuple[Finding, ...]
    left_out: int

    @property
    def is_whole(self) -> bool:
        """Whether all that was sealed stands as it was."""
        return not self.findings


class CheckpointRun:
    """Reads one place's checkpoints; each names the one before it, so none can be taken out."""

    def __init__(self, tenant_id: TenantId, findings: Findings) -> None:
        self.last: SignedCheckpoint | None = None
        self.count = 0
        self._tenant_id = tenant_id
        self._findings = findings

    def read(self, found: Read, place: str) -> SignedCheckpoint | None:
        """Return the checkpoint if it is this tenant's and genuine."""
        self.count += 1
        if isinstance(found, BrokenCheckpoint):
            self._findings.add(Finding("checkpoint-forged", 0, 0, f"{found.place}: {found.why}"))
            return None
        told = found.checkpoint
        if told.tenant_id != self._tenant_id:
            self._findings.add(
                Finding("checkpoint-forged", 0, 0, f"{place}: it is another tenant's")
            )
            return None
        if self.last is not None and told.seq <= self.last.checkpoint.seq:
            detail = f"{place}: it stands after the one of link {self.last.checkpoint.seq}"
            self._findings.add(Finding("checkpoint-moved", told.seq, told.seq, detail))
            return None
        if told.previous_sha256 != (None if self.last is None else self.last.sha256):
            detail = f"{place}: the one it names as the one before does not stand before it"
            self._findings.add(Finding("checkpoint-removed", told.seq, told.seq, detail))
        self.last = found
        return found


def compare_ends(
    head: Head, kept: CheckpointRun, outside: CheckpointRun, place: str, findings: Findings
) -> None:
    """Tell what the last checkpoints say of the end of the chain and of each other."""
    ends = [
        (run.last.checkpoint, where)
        for run, where in ((outside, place), (kept, "the database"))
        if run.last is not None
    ]
    for checkpoint, where in ends:
        if checkpoint.seq > head.seq:
            detail = f"gone, though attested at {checkpoint.at:%Y-%m-%d %H:%M:%S}Z in {where}"
            findings.add(Finding("tail-cut", head.seq + 1, checkpoint.seq, detail))
            break
    if outside.last is None:
        if kept.count:
            detail = f"{place} holds none, and the database {kept.count}; name their folder"
            findings.add(Finding("checkpoint-removed", 0, 0, detail))
        return
    reached = 0 if kept.last is None else kept.last.checkpoint.seq
    if reached < outside.last.checkpoint.seq:
        detail = f"not in the database, though in {place}"
        seq = outside.last.checkpoint.seq
        findings.add(Finding("checkpoint-removed", seq, seq, detail))
