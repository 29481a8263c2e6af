"""Decisions by the thousand: a line each, recorded and answered while more arrive."""

import json
from collections.abc import AsyncGenerator, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.api import problems
from app.api.deps import IdempotencyKey, ResourcesDep, allowed, identity_of
from app.api.idempotency import KeyedRoute, bind_key
from app.api.lines import MEDIA_TYPE, Line, LineSplitter, LinesResponse
from app.api.presenters import DecisionOut
from app.api.schemas import DecisionIn
from app.domain.access import Actor, Permission
from app.domain.errors import DomainError
from app.domain.request_errors import BatchTooLong, LineTooLong
from app.observability.tracing import inject_context
from app.resources import Resources
from app.use_cases.record_decision import Recorded
from app.use_cases.record_decisions import Recording, record_decisions

router = APIRouter(prefix="/v1", tags=["decisions"], route_class=KeyedRoute)

PATH = f"{router.prefix}/decisions:batch"
LONGEST_LINE = 200_000  # bytes; a decision of a dozen applicants takes a tenth of it
MOST_LINES = 50_000
LARGEST_BATCH = 1_000_000_000  # bytes; it is never held whole
# Lines recorded in a transaction, each under a savepoint: beyond 64 of them PostgreSQL has to look
# them up on disk (PGPROC_MAX_CACHED_SUBXIDS).
GROUP = 50

log = structlog.get_logger()
LINES = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/decisions:batch",
    status_code=HTTPStatus.OK,
    summary="Record many credit decisions",
    response_class=LinesResponse,
    responses={HTTPStatus.OK.value: {"content": LINES, "description": "A line for each line"}},
    openapi_extra={"requestBody": {"required": True, "content": LINES}},
)
async def post_batch(
    request: Request,
    actor: Annotated[Actor, Depends(allowed(Permission.RECORD_DECISIONS))],
    resources: ResourcesDep,
    idempotency_key: IdempotencyKey = None,
) -> LinesResponse:
    """Record a decision from each line of JSON, as `POST /v1/decisions` does from its body.

    Each line is answered by one, in order: `line` (from 1), `status`, and `decision` or, where
    it was refused alone, `problem`. What is answered is committed. The same lines again get the
    same answers, by their external ids. Blank lines are counted and not answered.
    """
    if idempotency_key is not None:
        await bind_key(request, actor, resources, idempotency_key)
    return LinesResponse(_answers(request, actor, resources, idempotency_key))


async def _answers(
    request: Request, actor: Actor, resources: Resources, key: str | None
) -> AsyncGenerator[bytes, None]:
    """Record what has arrived, at most a group at once; nothing waits for a group to fill."""
    splitter = LineSplitter(LONGEST_LINE)
    async for piece in request.stream():
        arrived = iter(splitter.feed(piece) if piece else splitter.end())
        while group := list(islice(arrived, GROUP)):
            within = [line for line in group if line.number <= MOST_LINES]
            for number, outcome in await _record(within, actor, resources, key):
                yield await _answer(request, number, outcome, resources)
            if len(within) < len(group):
                beyond = group[len(within)].number
                yield await _answer(request, beyond, BatchTooLong(MOST_LINES), resources)
                return


async def _record(
    lines: Sequence[Line], actor: Actor, resources: Resources, key: str | None
) -> list[tuple[int, Recorded | Exception]]:
    """Record lines in one transaction; return what became of each, in their order."""
    read = {line.number: _read(line, key) for line in lines}
    recordings = {n: found for n, found in read.items() if isinstance(found, Recording)}
    became = await record_decisions(
        list(recordings.values()),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
        trace=inject_context(),
    )
    refused = {n: found for n, found in read.items() if not isinstance(found, Recording)}
    return sorted({**refused, **dict(zip(recordings, became, strict=True))}.items())


def _read(line: Line, key: str | None) -> Recording | Exception:
    """Read a line as the body of `POST /v1/decisions` is read."""
    if line.content is None:
        return LineTooLong(LONGEST_LINE)
    try:
        body = DecisionIn.model_validate(json.loads(line.content.decode()))
        # No key holds a line feed, so that a line's key is no other request's.
        line_key = None if key is None else f"{key}\n{line.number}"
        return Recording(body.to_domain(), identity_of(body, "decisions", line_key))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found])
    except DomainError as error:
        return error
    except (ValueError, RecursionError):
        unread = {"type": "json_invalid", "loc": ("body",), "msg": "is not JSON in UTF-8"}
        return RequestValidationError([unread])


async def _answer(
    request: Request, number: int, outcome: Recorded | Exception, resources: Resources
) -> bytes:
    if isinstance(outcome, Recorded):
        decision = outcome.decision
        status = HTTPStatus.ACCEPTED if decision.status == "quarantined" else HTTPStatus.CREATED
        shown = DecisionOut.of(decision, resources.catalogue, None).model_dump_json().encode()
        return b'{"line":%d,"status":%d,"decision":%b}\n' % (number, status, shown)
    refused = await problems.refusal(request, outcome)
    if refused is None:
        log.error("batch.line_failed", error=type(outcome).__name__)
        refused = problems.unexpected()
    return b'{"line":%d,"status":%d,"problem":%b}\n' % (
        number,
        refused.status_code,
        bytes(refused.body),
    )
