"""Idempotency-Key on every POST: a request sent again gets the first answer, and is run once.

`KeyedRoute` is the class of every route that may hold a POST. An endpoint that creates something
new at each call takes `ReservedId` and gives it to what it creates; all others must be once by
what they are told (an external id, the bytes of a document, the same event).
"""

import asyncio
import contextlib
import hashlib
import inspect
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse
from typing_extensions import override

from app.api import problems
from app.api.deps import IdempotencyKey, ResourcesDep, get_actor
from app.domain.access import Actor, Permission
from app.domain.answers import Answer, Claim, KeyedRequest
from app.domain.errors import NotAllowed
from app.resources import Resources
from app.use_cases.answer_once import RENEW_EVERY_S, claim_request, renew_claim, settle_claim

REPLAYED = "Idempotency-Replayed"
WAIT_S = 10.0
LARGE_BODY = 1_000_000  # bytes; hashed beside the loop from here on
OWN_KEY = "idempotency_key"  # a parameter of endpoints that keep the key in their own transaction

log = structlog.get_logger()
Answered = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class _Held:
    """A claim that this request holds, and the task that renews it."""

    claim: Claim
    actor: Actor
    resources: Resources
    renewal: asyncio.Task[None]

    async def settle(self, answer: Answer | None) -> None:
        """Keep the answer or release the claim. Where neither can be done its lease runs out."""
        self.renewal.cancel()
        try:
            is_settled = await settle_claim(
                self.claim,
                answer,
                tenant_id=self.actor.tenant_id,
                sessions=self.resources.sessions,
            )
        except Exception as error:  # noqa: BLE001 -- the effect stands, so its answer must go out
            log.warning("idempotency.not_settled", error=type(error).__name__)
        else:
            if not is_settled:
                log.warning("idempotency.taken_over")


class _Replay(Exception):
    """The request was answered before."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


async def claimed(
    request: Request,
    actor: Annotated[Actor, Depends(get_actor)],
    resources: ResourcesDep,
    idempotency_key: IdempotencyKey = None,
) -> Claim | None:
    """Claim the request, before its endpoint runs, for whoever may make it.

    The same key with the same request again gets the first answer.
    """
    if idempotency_key is None:
        return None
    route = request.scope["route"]
    for permission in permissions_of(route.dependant):
        if not actor.may(permission):
            raise NotAllowed(permission)
    held = await claim_request(
        KeyedRequest(idempotency_key, await _sha256(request, actor)),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        wait_s=WAIT_S,
    )
    if isinstance(held, Answer):
        raise _Replay(held)
    renewal = asyncio.create_task(_renew(held, actor, resources))
    request.state.held = _Held(held, actor, resources, renewal)
    return held


async def bind_key(request: Request, actor: Actor, resources: Resources, key: str) -> None:
    """Let a key stand for a route whose body is a stream, which binds each part of it itself."""
    held = await claim_request(
        KeyedRequest(key, _digest(_head(request, actor), b"", "")),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        wait_s=WAIT_S,
    )
    if isinstance(held, Claim):
        await settle_claim(held, None, tenant_id=actor.tenant_id, sessions=resources.sessions)


async def _renew(claim: Claim, actor: Actor, resources: Resources) -> None:
    """Renew while the request runs; a database that does not answer is asked again."""
    is_held = True
    while is_held:
        await asyncio.sleep(RENEW_EVERY_S)
        try:
            is_held = await renew_claim(
                claim, tenant_id=actor.tenant_id, sessions=resources.sessions
            )
        except Exception as error:  # noqa: BLE001 -- whatever failed, the next turn may succeed
            log.warning("idempotency.not_renewed", error=type(error).__name__)


async def _reserved_id(
    claim: Annotated[Claim | None, Depends(claimed)], resources: ResourcesDep
) -> UUID:
    return resources.new_id() if claim is None else claim.reserved_id


# The id of what a POST creates. With an Idempotency-Key every run of the same request is given
# the same one. The process may die between the effect's commit and the keeping of its answer;
# the retry then runs again, so the use case must look for the id first and return what stands.
ReservedId = Annotated[UUID, Depends(_reserved_id)]


class KeyedRoute(APIRoute):
    """A route whose POST takes an Idempotency-Key.

    An endpoint with a parameter `idempotency_key` keeps the key itself, in the transaction of
    its effect; for all others the answer is kept, sealed, when they have given it.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        dependencies: Sequence[DependsParam] | None = None,
        **options: Any,  # noqa: ANN401 -- APIRoute's own, passed on
    ) -> None:
        needed = list(dependencies or ())
        if "POST" in (methods or ()) and OWN_KEY not in inspect.signature(endpoint).parameters:
            needed.insert(0, Depends(claimed))
        super().__init__(path, endpoint, methods=methods, dependencies=needed, **options)

    @override
    def get_route_handler(self) -> Answered:
        return _once(super().get_route_handler())


def permissions_of(dependant: Dependant) -> list[Permission]:
    """List what the dependencies of a route require of whoever asks."""
    own = getattr(dependant.call, "permission", None)
    below = [named for inner in dependant.dependencies for named in permissions_of(inner)]
    return below if own is None else [own, *below]


def _once(answered: Answered) -> Answered:
    """Keep what a route answers where `claimed` holds the request."""

    async def answered_once(request: Request) -> Response:
        try:
            response = await answered(request)
        except _Replay as replay:
            return _replayed(replay.answer)
        except Exception as error:
            held = _held(request)
            if held is None:
                raise
            refused = await problems.refusal(request, error)
            await held.settle(None if refused is None else _answer(refused))
            if refused is None:
                raise
            return refused
        except asyncio.CancelledError:
            held = _held(request)
            if held is not None:
                await asyncio.shield(held.settle(None))
            raise
        held = _held(request)
        if held is not None:
            await held.settle(_answer(response))
        return response

    return answered_once


def _held(request: Request) -> _Held | None:
    held: _Held | None = getattr(request.state, "held", None)
    return held


def _answer(response: Response) -> Answer | None:
    """Return what is to be kept of a response; a stream is sent once and not kept."""
    if isinstance(response, StreamingResponse):
        return None
    return Answer(
        response.status_code,
        bytes(response.body),
        response.headers.get("content-type"),
        response.headers.get("location"),
    )


def _replayed(answer: Answer) -> Response:
    headers = {REPLAYED: "true"}
    if answer.media_type is not None:
        headers["Content-Type"] = answer.media_type
    if answer.location is not None:
        headers["Location"] = answer.location
    return Response(answer.body, answer.status, headers)


async def _sha256(request: Request, actor: Actor) -> bytes:
    """Hash who asks for what: spacing and the order of keys and parameters make no difference."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    head = _head(request, actor)
    body = await request.body()
    if len(body) < LARGE_BODY:
        return _digest(head, body, media_type)
    return await asyncio.to_thread(_digest, head, body, media_type)


def _head(request: Request, actor: Actor) -> str:
    query = sorted(request.query_params.multi_items())
    return json.dumps([request.method, request.scope["path"], query, actor.name])


def _digest(head: str, body: bytes, media_type: str) -> bytes:
    if media_type.endswith("json"):
        with contextlib.suppress(ValueError, RecursionError):  # the endpoint refuses such a body
            body = _canonical(body)
    return hashlib.sha256(f"{head}\n{media_type}\n".encode() + body).digest()


def _canonical(body: bytes) -> bytes:
    """Sort the keys of JSON; numbers keep every digit, so that no two become one."""
    held = json.loads(body, parse_float=Decimal)
    return json.dumps(held, sort_keys=True, default=lambda number: f"\0{number}").encode()
