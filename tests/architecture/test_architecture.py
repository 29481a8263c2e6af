"""What review forgets."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from fastapi.routing import APIRoute, iter_route_contexts

from app.api.idempotency import permissions_of
from app.api.problems import STATUS
from app.domain.errors import DomainError
from app.main import create_app
from app.resources import Resources
from app.settings import Settings

ROOT = Path(__file__).parents[2]
PUBLIC = {
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/v1/receipt-keys",  # whoever holds a receipt checks it
    "/policies/passages/{citation}",  # the law that a notice quotes
    "/v1/customer/sessions",  # asks for a link and a code instead
}
SOURCES = ("app", "retrieval", "prompts", "reference", "seed", "migrations")


def test_import_contracts_hold() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def refusals(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for below in kind.__subclasses__():
        yield below
        yield from refusals(below)


def test_every_refusal_has_a_status_and_a_documented_code() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text()
    for refusal in refusals(DomainError):
        assert refusal in STATUS, refusal
        assert f"`{refusal.code}`" in documented, refusal.code


def test_every_problem_that_the_edge_names_is_documented() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text()
    named = {
        code
        for path in (ROOT / "app" / "api").rglob("*.py")
        for code in re.findall(r'"([a-z]+(?:-[a-z]+)*)",\s*HTTPStatus', path.read_text())
    }
    assert {"body-too-large", "internal-error", "not-ready"} <= named
    for code in named:
        assert f"`{code}`" in documented, code


def test_every_route_names_a_permission() -> None:
    """All routes there are, whoever added them; what names none is public, and listed here."""
    app = create_app(cast("Resources", None), Settings())
    unguarded = {
        str(context.path_format)
        for context in iter_route_contexts(app.routes)
        if not (isinstance(context.original_route, APIRoute) and permissions_of(context.dependant))
    }
    assert unguarded == PUBLIC


def test_every_post_takes_an_idempotency_key() -> None:
    paths = create_app(cast("Resources", None), Settings()).openapi()["paths"]
    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    assert "/v1/wordings" in posts
    # Before a link is opened nobody is known to keep a key for; opened again, it opens again.
    assert posts.pop("/v1/customer/sessions")
    for path, post in posts.items():
        taken = {p["name"].lower() for p in post.get("parameters", []) if p["in"] == "header"}
        assert "idempotency-key" in taken, f"{path}: give its router route_class=KeyedRoute"


def test_every_setting_is_documented() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    documented = "".join(page.read_text(encoding="utf-8") for page in pages)
    for name, field in Settings.model_fields.items():
        assert field.alias is not None, name
        assert f"`{field.alias}`" in documented, field.alias


def test_modules_stay_short_and_package_files_empty() -> None:
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            lines = path.read_text().count("\n")
            assert lines <= 400, f"{path}: {lines} lines"
            if path.name == "__init__.py":
                assert lines == 0, path


def test_no_module_hides_a_cycle() -> None:
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"\bTYPE_CHECKING\b", path.read_text()), path
