from functools import partial
from uuid import uuid4

import pytest

from app.adapters.vault import MasterKeyVault, SealBroken


def test_a_secret_opens_for_its_own_purpose_and_owner_alone() -> None:
    vault, owner = MasterKeyVault(bytes(range(32))), uuid4()
    sealed = vault.seal_secret("webhook-secret", owner, b"whsec_x")
    assert b"whsec" not in sealed
    assert vault.open_secret("webhook-secret", owner, sealed) == b"whsec_x"
    for other in (
        partial(vault.open_secret, "webhook-secret", uuid4()),
        partial(vault.open_secret, "another-purpose", owner),
        partial(MasterKeyVault(bytes(32)).open_secret, "webhook-secret", owner),
    ):
        with pytest.raises(SealBroken):
            other(sealed)
