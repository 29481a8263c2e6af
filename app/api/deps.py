"""What every endpoint needs: the resources, who is asking, and what makes requests the same."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

import rfc8785
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from app.api.rates import Rates
from app.domain.access import Actor, Permission
from app.domain.customers import Customer
from app.domain.errors import NotAllowed, NotAuthenticated
from app.resources import Resources
from app.use_cases.open_session import authenticate_session
from app.use_cases.record_decision import RequestIdentity

bearer = HTTPBearer(auto_error=False)
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


def get_resources(request: Request) -> Resources:
    """Return the process's resources."""
    return cast("Resources", request.app.state.resources)


ResourcesDep = Annotated[Resources, Depends(get_resources)]


async def get_actor(
    request: Request,
    resources: ResourcesDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Actor:
    """Return who the token, API key or customer's session proves is asking, and count it.

    It counts against the rate of its tenant. Raises NotAuthenticated,
    IdentityProviderUnavailable or RateExceeded.
    """
    if credentials is None:
        raise NotAuthenticated("the Authorization header is missing")
    actor = await _identified(credentials.credentials, resources)
    cast("Rates", request.app.state.rates).count(request.scope, actor.tenant_id)
    return actor


async def _identified(sent: str, resources: Resources) -> Actor:
    match sent[:3]:
        case "rk_":
            return await resources.api_keys.authenticate(sent)
        case "rs_":
            return await authenticate_session(
                sent, sessions=resources.sessions, clock=resources.clock
            )
        case _:
            return await resources.tokens.verify(sent)


def allowed(permission: Permission) -> Callable[..., Coroutine[Any, Any, Actor]]:
    """Require a permission of the actor."""

    async def check(actor: Annotated[Actor, Depends(get_actor)]) -> Actor:
        if not actor.may(permission):
            raise NotAllowed(permission)
        return actor

    check.permission = permission  # type: ignore[attr-defined] # read by the route audit
    return check


def customer(permission: Permission) -> Callable[..., Coroutine[Any, Any, Customer]]:
    """Require a customer's session that holds a permission."""

    async def check(actor: Annotated[Actor, Depends(get_actor)]) -> Customer:
        if not (isinstance(actor, Customer) and actor.may(permission)):
            raise NotAllowed(permission)
        return actor

    check.permission = permission  # type: ignore[attr-defined] # read by the route audit
    return check


def identity_of(body: BaseModel, route: str, key: str | None) -> RequestIdentity:
    """Hash a request by what it means, so that spacing and key order make no difference."""
    canonical = rfc8785.dumps({"route": route, "body": body.model_dump(mode="json")})
    return RequestIdentity(key, hashlib.sha256(canonical).digest())
