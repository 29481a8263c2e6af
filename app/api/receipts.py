"""Signed receipts, and the public keys they are checked with."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.adapters.receipt_keys import to_jwks
from app.api.deps import ResourcesDep, allowed
from app.api.explanations import AudienceQuery
from app.domain.access import Actor, Permission
from app.domain.explanation import Language
from app.domain.ids import DecisionId
from app.use_cases.issue_receipt import issue_receipt

router = APIRouter(prefix="/v1", tags=["receipts"])


class ReceiptOut(BaseModel):
    """A receipt: `signature` is Ed25519 over the canonical JSON (RFC 8785) of `content`."""

    content: Mapping[str, object]
    signature: str


class KeyOut(BaseModel):
    """A public key (RFC 8037); `kid` is the one that receipts name."""

    kty: str
    crv: str
    kid: str
    x: str
    alg: str
    use: str


class KeySetOut(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[KeyOut]


class KeySetResponse(JSONResponse):
    """A key set under its own media type."""

    media_type = "application/jwk-set+json"


@router.get("/decisions/{decision_id}/receipt", summary="Get a signed receipt")
async def get_receipt(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    audience: AudienceQuery = "customer",
    language: Language = "en",
) -> ReceiptOut:
    """Return ids, codes and hashes of the decision, its explanation and its notices, signed."""
    signed = await issue_receipt(
        DecisionId(decision_id),
        audience=audience,
        language=language,
        actor=actor,
        sessions=resources.sessions,
        signer=resources.signer,
        clock=resources.clock,
    )
    return ReceiptOut(content=signed.content, signature=signed.signature)


@router.get(
    "/receipt-keys",
    summary="Get the public keys of receipts",
    response_class=KeySetResponse,
    response_model=KeySetOut,
)
def get_receipt_keys(resources: ResourcesDep) -> JSONResponse:
    """Return every key that ever signed a receipt, for anyone who holds one (RFC 7517)."""
    keys = to_jwks(tuple(resources.signer.public_keys()))
    return KeySetResponse(keys)
