"""The OpenAPI document, completed in one place: how every operation may refuse."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from typing_extensions import override

from app.api.problems import MEDIA_TYPE, RETRY_AFTER_S

Document = dict[str, Any]

# What a status says of a refusal, whatever the route. `type` says the rest: see docs/errors.md.
MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read",
    HTTPStatus.UNAUTHORIZED: "The token is missing or proves nothing",
    HTTPStatus.FORBIDDEN: "The token's roles do not allow this",
    HTTPStatus.NOT_FOUND: "What the request names is not there, or not this tenant's",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time",
    HTTPStatus.CONFLICT: "What the request names is in a state that forbids this",
    HTTPStatus.GONE: "The person's data was erased",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "The path and its parameters are too long",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something about the request is wrong; `errors` says what",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; ask again after `Retry-After`",
    HTTPStatus.SERVICE_UNAVAILABLE: "Cannot be served now; ask again after `Retry-After`",
}
RETRY_AFTER: Document = {
    "Retry-After": {
        "description": "Seconds to wait",
        "schema": {"type": "integer", "minimum": 0, "example": RETRY_AFTER_S},
    }
}
HEADERS: dict[HTTPStatus, Document] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    HTTPStatus.TOO_MANY_REQUESTS: RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: RETRY_AFTER,
}
PROBLEM: Document = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). What was sent is never repeated in one.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "description": "Stable; documented by its last part",
            "type": "string",
            "format": "uri-reference",
            "pattern": "^/errors/[a-z0-9-]+$",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "description": "What is wrong, by JSON Pointer into the body or `?name` of a parameter",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


class DocumentedAPI(FastAPI):
    """A FastAPI application whose document says how each operation may refuse."""

    @override
    def openapi(self) -> Document:
        """Return the document: what FastAPI derives, and the refusals."""
        if self.openapi_schema is None:
            _complete(super().openapi())
        assert self.openapi_schema is not None  # noqa: S101 -- FastAPI keeps what it derives
        return self.openapi_schema


def _complete(document: Document) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        schemas.pop(of_fastapi, None)
    schemas["Problem"] = PROBLEM
    components["responses"] = {_name(status): _response(status) for status in MEANINGS}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            of_fastapi = responses.get("422", {}).get("description")
            if of_fastapi == "Validation Error":
                del responses["422"]
            for status in _refusals(path, operation):
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                responses.setdefault(str(status.value), reference)


def _refusals(path: str, operation: Document) -> list[HTTPStatus]:
    """How an operation may refuse, by what it takes."""
    has_body = "requestBody" in operation
    # A customer's session names a decision without saying so; opening one is refused to nobody
    # whom we know, and all the same.
    is_own = path.startswith("/v1/customer/")
    names_something = has_body or "{" in path or is_own
    holds = {
        HTTPStatus.BAD_REQUEST: has_body,
        HTTPStatus.UNAUTHORIZED: "security" in operation,
        HTTPStatus.FORBIDDEN: "security" in operation or is_own,
        HTTPStatus.NOT_FOUND: names_something,
        HTTPStatus.REQUEST_TIMEOUT: has_body,
        HTTPStatus.CONFLICT: names_something and "security" in operation,
        HTTPStatus.GONE: names_something and "security" in operation,
        HTTPStatus.REQUEST_TIMEOUT: has_body,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: has_body,
        HTTPStatus.REQUEST_URI_TOO_LONG: bool(operation.get("parameters")),
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: True,
        HTTPStatus.UNPROCESSABLE_ENTITY: has_body or bool(operation.get("parameters")),
        HTTPStatus.TOO_MANY_REQUESTS: "health" not in operation["tags"],
        HTTPStatus.SERVICE_UNAVAILABLE: "health" not in operation["tags"],
    }
    return [status for status, is_possible in holds.items() if is_possible]


def _response(status: HTTPStatus) -> Document:
    shown = {"schema": {"$ref": "#/components/schemas/Problem"}}
    response: Document = {"description": MEANINGS[status], "content": {MEDIA_TYPE: shown}}
    if status in HEADERS:
        response["headers"] = HEADERS[status]
    return response


def _name(status: HTTPStatus) -> str:
    return status.phrase.title().replace(" ", "").replace("-", "")
