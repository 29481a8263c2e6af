"""The keys of this installation's receipts, found without starting anything."""

from app.adapters.receipt_keys import KeyFolder
from app.embedded.home import RECEIPT_KEYS, home
from app.settings import Settings


def receipt_keys(settings: Settings) -> KeyFolder:
    """Return the keys that receipts are signed with; the first is made at the first receipt."""
    return KeyFolder(settings.receipt_keys or home(settings.home) / RECEIPT_KEYS)
