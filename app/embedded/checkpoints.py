"""Where checkpoints of audit trails are signed and kept."""

from datetime import UTC, datetime
from pathlib import Path

from app.adapters.checkpoint_files import CheckpointFiles
from app.adapters.checkpoint_signer import Ed25519CheckpointSigner
from app.embedded.home import AUDIT_CHECKPOINTS
from app.embedded.receipts import receipt_keys
from app.resources import CheckpointKeeping
from app.settings import Settings


def checkpoint_keeping(settings: Settings, state: Path) -> CheckpointKeeping:
    """Sign with the keys of receipts; keep the files where the settings say."""
    return CheckpointKeeping(
        Ed25519CheckpointSigner(receipt_keys(settings), lambda: datetime.now(UTC)),
        CheckpointFiles(settings.audit_checkpoints or state / AUDIT_CHECKPOINTS),
        settings.audit_checkpoint_every_s,
    )
