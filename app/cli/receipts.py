"""`rationale receipt`: check a receipt without any service, and keep the keys that sign them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.running import AsJson

receipts = typer.Typer(help="Signed receipts of explanations and notices.", no_args_is_help=True)
ReceiptFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The receipt.")]
KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        exists=True,
        dir_okay=False,
        help="What GET /v1/receipt-keys answered; this installation's own keys if left out.",
    ),
]


@receipts.command()
def verify(
    file: ReceiptFile,
    keys: KeysFile = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Check that a receipt is, to the letter, what one of the keys signed."""
    from app.adapters.ed25519_signer import ReceiptBroken, check_receipt  # noqa: PLC0415 -- a start should be fast
    from app.adapters.receipt_keys import KeysUnreadable, read_jwks  # noqa: PLC0415 -- likewise

    content: Any = {}
    why = None
    try:
        known = read_jwks(_own_keys() if keys is None else keys.read_bytes())
        content = check_receipt(file.read_bytes(), known).content
    except (ReceiptBroken, KeysUnreadable) as error:
        why = str(error)
    shown = ("decision_id", "explanation_id", "issued_at", "key_id")
    if as_json:
        named = {name: content.get(name) for name in shown}
        print(json.dumps({"valid": why is None, "why": why, **named}))
    elif why is None:
        print(f"{file}: genuine. " + ", ".join(f"{name} {content[name]}" for name in shown))
    else:
        print(f"{file}: NOT genuine: {why}.")
    raise typer.Exit(0 if why is None else 1)


@receipts.command()
def keys() -> None:
    """Print the public keys of this installation, as GET /v1/receipt-keys answers them."""
    print(_own_keys().decode())


@receipts.command()
def rotate() -> None:
    """Make a new key that signs from now on; the former ones stay published, and sign no more."""
    print(_folder().rotate(now=datetime.now(UTC)))


def _own_keys() -> bytes:
    from app.adapters.receipt_keys import to_jwks  # noqa: PLC0415 -- likewise

    return json.dumps(to_jwks(_folder().public_keys())).encode()


def _folder() -> Any:  # noqa: ANN401 -- imported late
    from app.embedded.receipts import receipt_keys  # noqa: PLC0415 -- likewise
    from app.settings import Settings  # noqa: PLC0415 -- likewise

    return receipt_keys(Settings())
