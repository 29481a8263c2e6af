"""Checkpoints: signed statements of how far a tenant's chain reached, kept outside it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.domain.audit_chain import Head
from app.domain.ids import TenantId

FORMAT = "rationale-audit-checkpoint-1"
SHA256_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That a chain's link `seq` was `link_sha256`, and what the checkpoint before hashes to."""

    tenant_id: TenantId
    seq: int
    link_sha256: bytes
    at: datetime
    previous_sha256: str | None

    def to_content(self) -> dict[str, object]:
        """Return what is signed; whoever signs adds the key."""
        return {
            "format": FORMAT,
            "tenant_id": str(self.tenant_id),
            "seq": self.seq,
            "link_sha256": self.link_sha256.hex(),
            "at": self.at.astimezone(UTC).isoformat(),
            "previous_sha256": self.previous_sha256,
        }

    @staticmethod
    def of(content: Mapping[str, object]) -> "Checkpoint":
        """Restore what `to_content` wrote. Raises ValueError for anything else."""
        seq, previous = content.get("seq"), content.get("previous_sha256")
        if not isinstance(seq, int) or isinstance(seq, bool) or seq < 1:
            message = "`seq` is no number of a link"
            raise ValueError(message)
        link = bytes.fromhex(str(content.get("link_sha256")))
        if len(link) != SHA256_BYTES:
            message = "`link_sha256` is no SHA-256"
            raise ValueError(message)
        return Checkpoint(
            TenantId(UUID(str(content.get("tenant_id")))),
            seq,
            link,
            datetime.fromisoformat(str(content.get("at"))),
            None if previous is None else str(previous),
        )


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint, its content as it was signed, and the signature in base64url.

    `sha256` is over the canonical JSON of content and signature: what the next one names.
    """

    checkpoint: Checkpoint
    content: Mapping[str, object]
    signature: str
    sha256: str

    def to_document(self) -> dict[str, object]:
        """Return what is kept, in the database and outside it."""
        return {"content": dict(self.content), "signature": self.signature}


@dataclass(frozen=True, slots=True)
class BrokenCheckpoint:
    """What stands where a checkpoint should, and is none that a key of ours signed."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A chain that is not the one a checkpoint attests, so none may be signed over it."""

    checkpoint: Checkpoint
    head: Head


def contradiction(
    checkpoint: Checkpoint, link_sha256: bytes | None, head: Head
) -> Contradiction | None:
    """Compare a checkpoint with the link that stands at its number; None there if none does."""
    return None if checkpoint.link_sha256 == link_sha256 else Contradiction(checkpoint, head)
