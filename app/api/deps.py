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
from app.domain.errors import NotAllowed, NotAuthenticated
from app.resources import Resources
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
    """Return who the bearer token proves is asking, and count it against its tenant's rate.

    Raises NotAuthenticated or RateExceeded.
    """
    if credentials is None:
        raise NotAuthenticated("the Authorization header is missing")
    actor = await resources.tokens.verify(credentials.credentials)
    cast("Rates", request.app.state.rates).count(request.scope, actor.tenant_id)
    return actor


def allowed(permission: Permission) -> Callable[..., Coroutine[Any, Any, Actor]]:
    """Require a permission of the actor."""

    async def check(actor: Annotated[Actor, Depends(get_actor)]) -> Actor:
        if not actor.may(permission):
            raise NotAllowed(permission)
        return actor

    check.permission = permission  # type: ignore[attr-defined] # read by the route audit
    return check


def identity_of(body: BaseModel, route: str, key: str | None) -> RequestIdentity:
    """Hash a request by what it means, so that spacing and key order make no difference."""
    canonical = rfc8785.dumps({"route": route, "body": body.model_dump(mode="json")})
    return RequestIdentity(key, hashlib.sha256(canonical).digest())
