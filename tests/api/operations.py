"""Every operation of the OpenAPI document, whoever added it, and who may ask for it."""

from dataclasses import dataclass
from typing import Any, cast

from fastapi.routing import APIRoute, iter_route_contexts
from typing_extensions import override

from app.domain.access import GRANTS, Permission, Role
from app.main import create_app
from app.resources import Resources
from app.settings import Settings

# Nothing but a request touches the resources: the document and the routes need none.
APP = create_app(cast("Resources", None), Settings())
DOCUMENT: dict[str, Any] = APP.openapi()


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    held: dict[str, Any]

    @override
    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_public(self) -> bool:
        return "security" not in self.held

    @property
    def wanted(self) -> frozenset[Permission]:
        """What whoever asks for it must hold."""
        return _PERMISSIONS[self.method, self.path]

    @property
    def role(self) -> Role:
        """The first role that may ask for it."""
        return next(role for role in Role if self.wanted <= GRANTS[role])


def permissions(dependant: Any) -> frozenset[Permission]:
    found = getattr(dependant.call, "permission", None)
    below = (permissions(each) for each in dependant.dependencies)
    return frozenset[Permission](() if found is None else {found}).union(*below)


_PERMISSIONS = {
    (method, context.path_format): permissions(context.dependant)
    for context in iter_route_contexts(APP.routes)
    if isinstance(context.original_route, APIRoute) and context.path_format
    for method in context.methods or ()
}
# What ends a customer's session comes last: all others of theirs are asked for within it.
OPERATIONS = sorted(
    (
        Operation(method.upper(), path, held)
        for path, operations in DOCUMENT["paths"].items()
        for method, held in operations.items()
    ),
    key=lambda operation: str(operation) == "DELETE /v1/customer/session",
)
