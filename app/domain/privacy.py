"""What keeps personal data readable only while its subject's key exists."""

from typing import Protocol
from uuid import UUID

from app.domain.ids import SubjectId


class Vault(Protocol):
    """Seals bytes under a subject's own key; destroying that key destroys what it sealed."""

    def new_key(self, subject_id: SubjectId) -> bytes:
        """Make a data key for a subject, wrapped by the master key."""
        ...

    def seal(self, subject_id: SubjectId, wrapped_key: bytes, plaintext: bytes) -> bytes:
        """Encrypt and authenticate, bound to the subject."""
        ...

    def open(self, subject_id: SubjectId, wrapped_key: bytes, sealed: bytes) -> bytes:
        """Decrypt what `seal` made; refuses anything altered or sealed for someone else."""
        ...

    def pseudonym(self, text: str) -> bytes:
        """Turn a person's reference into a keyed hash: comparable, not reversible."""
        ...

    def seal_secret(self, purpose: str, owner: UUID, plaintext: bytes) -> bytes:
        """Encrypt a secret that is nobody's personal data, bound to a purpose and its owner."""
        ...

    def open_secret(self, purpose: str, owner: UUID, sealed: bytes) -> bytes:
        """Decrypt what `seal_secret` made for the same purpose and owner, and nothing else."""
        ...

    def keyed_hash(self, purpose: str, owner: UUID) -> bytes:
        """Hash an id under a key of its purpose: the same each time, and guessed by nobody."""
        ...
