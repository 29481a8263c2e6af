"""Where the embedded services keep their state, and the secrets made at the first start."""

import os
import secrets
from pathlib import Path

import platformdirs

from app.embedded.errors import EmbeddedServiceUnavailable

SECRET_BYTES = 32
RECEIPT_KEYS = "receipt-keys"
AUDIT_CHECKPOINTS = "audit-checkpoints"


def home(configured: Path | None = None) -> Path:
    """Return the state directory, made for this user alone.

    Raises EmbeddedServiceUnavailable where it cannot be written.
    """
    path = (configured or platformdirs.user_data_path("rationale")).expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = (
            f"{path} cannot be written ({error.strerror}); set RATIONALE_HOME to a folder of yours."
        )
        raise EmbeddedServiceUnavailable(message) from error
    return path


def cache(state: Path) -> Path:
    """Return where large files that several homes share are kept: the joined language model."""
    configured = os.environ.get("RATIONALE_CACHE")
    path = Path(configured) if configured else platformdirs.user_cache_path("rationale")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        path = state / "cache"
        path.mkdir(parents=True, exist_ok=True)
    return path if os.access(path, os.W_OK) else state


def secret(state: Path, name: str) -> bytes:
    """Read a secret, made at first use and readable by this user alone."""
    path = state / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(_read_when_written(path))
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES))
    return bytes.fromhex(path.read_text())


def _read_when_written(path: Path) -> str:
    """Another process may have made the file and not yet filled it."""
    for _ in range(1000):
        text = path.read_text()
        if len(text) == 2 * SECRET_BYTES:
            return text
    message = f"{path} is damaged; restore it from a backup, or remove the whole state folder."
    raise EmbeddedServiceUnavailable(message)
