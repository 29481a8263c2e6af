"""Refusals as RFC 9457 problems. What the client sent is never repeated in one."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from opentelemetry import trace
from starlette.exceptions import HTTPException

from app.domain import (
    errors,
    identity_errors,
    job_errors,
    request_errors,
    webhook_errors,
    wording_errors,
)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[errors.DomainError], HTTPStatus] = {
    errors.InvalidFields: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownModel: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ModelAlreadyRegistered: HTTPStatus.CONFLICT,
    errors.ProhibitedBasis: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.SubjectErased: HTTPStatus.GONE,
    errors.SubjectNotFound: HTTPStatus.NOT_FOUND,
    errors.ErasureRefused: HTTPStatus.CONFLICT,
    errors.UnknownProduct: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RefusedAttribution: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFinite: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ReferenceMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ProtectedFeature: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnmappedFeature: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AttributionSumOff: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DecisionNotFound: HTTPStatus.NOT_FOUND,
    errors.ExternalIdTaken: HTTPStatus.CONFLICT,
    errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    request_errors.RequestInProgress: HTTPStatus.CONFLICT,
    request_errors.LineTooLong: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    request_errors.BatchTooLong: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.NothingToExplain: HTTPStatus.CONFLICT,
    errors.DecisionQuarantined: HTTPStatus.CONFLICT,
    errors.EventRefused: HTTPStatus.CONFLICT,
    errors.RecourseUnavailable: HTTPStatus.CONFLICT,
    errors.ExplanationNotReady: HTTPStatus.NOT_FOUND,
    errors.ExplanationNotFound: HTTPStatus.NOT_FOUND,
    errors.ExplanationWithheld: HTTPStatus.CONFLICT,
    errors.NoticeNotFound: HTTPStatus.NOT_FOUND,
    errors.NoticeIncomplete: HTTPStatus.CONFLICT,
    errors.NoticeUnprintable: HTTPStatus.CONFLICT,
    errors.AgencyNotConfirmed: HTTPStatus.CONFLICT,
    errors.PassageNotFound: HTTPStatus.NOT_FOUND,
    errors.UnreadablePolicyDocument: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OverlappingDocument: HTTPStatus.CONFLICT,
    errors.DocumentNotFound: HTTPStatus.NOT_FOUND,
    job_errors.DeadJobNotFound: HTTPStatus.NOT_FOUND,
    job_errors.DeadJobClosed: HTTPStatus.CONFLICT,
    job_errors.WriterBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    wording_errors.WordingNotFound: HTTPStatus.NOT_FOUND,
    wording_errors.WordingUnproved: HTTPStatus.UNPROCESSABLE_ENTITY,
    wording_errors.WordingNotInReview: HTTPStatus.CONFLICT,
    wording_errors.ReviewerNotIndependent: HTTPStatus.FORBIDDEN,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    identity_errors.ApiKeyNotFound: HTTPStatus.NOT_FOUND,
    identity_errors.ApiKeyEnded: HTTPStatus.CONFLICT,
    identity_errors.LinkNotFound: HTTPStatus.NOT_FOUND,
    identity_errors.LinkRefused: HTTPStatus.FORBIDDEN,
    identity_errors.IdentityProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ModelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.WriterUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SigningUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NothingToReplay: HTTPStatus.CONFLICT,
    webhook_errors.WebhookNotFound: HTTPStatus.NOT_FOUND,
    webhook_errors.DeliveryNotFound: HTTPStatus.NOT_FOUND,
    webhook_errors.WebhookUrlRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    webhook_errors.WebhookDisabled: HTTPStatus.CONFLICT,
    webhook_errors.TooManyWebhooks: HTTPStatus.CONFLICT,
}
# Refusals that are about one field of the body.
POINTERS: dict[type[errors.DomainError], str] = {
    errors.UnknownModel: "/model",
    errors.UnknownProduct: "/product",
    errors.ProhibitedBasis: "/features",
    errors.ExternalIdTaken: "/external_id",
    wording_errors.WordingUnproved: "/text",
    webhook_errors.WebhookUrlRefused: "/url",
}
RETRY_AFTER_S = 5
RETRIED = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


def problem(
    code: str,
    status: HTTPStatus,
    detail: str,
    *,
    fields: object = None,
    retry_after_s: int = RETRY_AFTER_S,
) -> JSONResponse:
    """Render one problem; `fields` lists what is wrong by JSON Pointer."""
    body: dict[str, object] = {
        "type": f"/errors/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status.value,
        "detail": detail,
    }
    if fields is not None:
        body["errors"] = fields
    headers = {}
    if status in RETRIED:
        headers["Retry-After"] = str(retry_after_s)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, MEDIA_TYPE)


async def _domain(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.DomainError)  # noqa: S101 -- registered for this class alone
    fields = None
    if isinstance(error, errors.InvalidFields):
        fields = [{"pointer": p.pointer, "detail": p.detail} for p in error.problems]
    elif type(error) in POINTERS:
        fields = [{"pointer": POINTERS[type(error)], "detail": str(error)}]
    response = problem(error.code, STATUS[type(error)], str(error), fields=fields)
    if isinstance(error, request_errors.RequestInProgress):
        response.headers["Retry-After"] = "1"
    return response


async def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- see _domain
    fields = [
        {"pointer": _pointer(found["loc"]), "detail": found["msg"]} for found in error.errors()
    ]
    named = ", ".join(field["pointer"] for field in fields)
    return problem(
        "invalid-fields",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"The request was not understood; see {named}.",
        fields=fields,
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    """Turn pydantic's location into a JSON Pointer (RFC 6901), or `?name` for a parameter."""
    where, *path = location
    if where != "body":
        return f"?{'.'.join(str(part) for part in path)}"
    named = (str(part).encode("utf-8", "backslashreplace").decode() for part in path)
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in named)
    return "".join(f"/{part}" for part in escaped) or "/"


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 -- see _domain
    status = HTTPStatus(error.status_code)
    response = problem(status.phrase.lower().replace(" ", "-"), status, str(error.detail))
    response.headers.update(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """Return what a path takes, whichever routes share it: the router names the first alone."""
    taken: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if context.path_regex.match(request.url.path):
            taken |= context.methods or set()
    return sorted(taken)


def unexpected() -> JSONResponse:
    """Say that it is our fault, and how to report it."""
    trace_id = trace.get_current_span().get_span_context().trace_id
    return problem(
        "internal-error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Something went wrong on our side; quote trace {trace_id:032x} when you report it.",
    )


async def refusal(request: Request, error: Exception) -> Response | None:
    """Render an error as the application would; None where that is a failure of ours."""
    handlers = request.app.exception_handlers
    for kind in type(error).__mro__:
        if kind is Exception:
            break
        if kind in handlers:
            rendered: Response = await handlers[kind](request, error)
            return rendered
    return None


def install(app: FastAPI) -> None:
    """Answer every refusal and failure as a problem."""
    app.add_exception_handler(errors.DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
