"""Notices of a decision, as issued."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import Annotated, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel

from app.adapters.typst_pdf import render_pdf
from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission
from app.domain.access_codes import MASKED
from app.domain.errors import NoticeNotFound, NoticeUnprintable
from app.domain.ids import DecisionId
from app.domain.notices.letters import Letter
from app.domain.notices.notice import to_json
from app.resources import Resources
from app.use_cases.view_decision import page_print_queue, view_letters

router = APIRouter(prefix="/v1/decisions/{decision_id}", tags=["notices"])

queue = APIRouter(prefix="/v1", tags=["notices"])

Viewer = Annotated[Actor, Depends(allowed(Permission.VIEW_NOTICES))]
# A letter has styles of its own; it runs nothing, loads nothing and is framed by nobody.
SEALED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
BYTES: dict[str, Any] = {"schema": {"type": "string", "contentEncoding": "binary"}}


class SlotOut(BaseModel):
    """A fact that fixed text leaves open."""

    label: str
    value: str


class StatedReasonOut(BaseModel):
    """A principal reason as stated; `creditor` where several decided."""

    code: str
    statement: str
    creditor: str


class SectionOut(BaseModel):
    """One element that the law requires."""

    element: str
    heading: str
    paragraphs: list[str]
    items: list[str]
    slots: list[SlotOut]
    is_ordered: bool


class NoticeOut(BaseModel):
    """A notice as issued, to the letter: what its content hash is taken of, and no more."""

    id: UUID
    decision_id: UUID
    duty: str
    form: str
    addressee: str
    due_at: datetime
    issued_at: datetime
    title: str
    addressee_name: str
    addressee_address: str
    creditor_name: str
    creditor_address: str
    creditor_phone: str
    agency_name: str
    agency_address: str
    delivery: str
    reasons: list[StatedReasonOut]
    sections: list[SectionOut]
    action_taken: str
    ecoa_notice: str
    elements: list[str]


class LetterOut(BaseModel):
    """A line of the manifest of letters to be mailed, with the code that each carries."""

    notice_id: UUID
    decision_id: UUID
    duty: str
    addressee: str
    due_at: datetime
    name: str
    address: str
    access_code: str


CODE_HEADER = "Access-Code"
LETTER_RESPONSES: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "model": NoticeOut,
        "content": {"text/html": TEXT, "text/plain": TEXT, "application/pdf": BYTES},
        "headers": {
            CODE_HEADER: {
                "description": "The letter's code, for whoever may deliver it and its addressee",
                "schema": {"type": "string"},
            }
        },
    }
}


@router.get(
    "/notice",
    summary="Read the notice as issued",
    response_class=Response,
    responses=LETTER_RESPONSES,
)
async def get_notice(
    decision_id: UUID,
    actor: Viewer,
    resources: ResourcesDep,
    accept: Annotated[str, Header()] = "application/json",
    addressee: Annotated[str, Query(description="primary, joint-1, ...")] = "primary",
    duty: Annotated[str | None, Query(description="The latest duty's notice if left out")] = None,
) -> Response:
    """Return the notice as JSON, HTML, plain text or PDF, by `Accept`."""
    found = DecisionId(decision_id)
    letters = await view_letters(found, actor=actor, sessions=resources.sessions)
    wanted = [letter for letter in letters if letter.notice.addressee == addressee]
    return await present_letter(wanted, found, duty, accept, resources)


async def present_letter(
    letters: Sequence[Letter],
    decision_id: DecisionId,
    duty: str | None,
    accept: str,
    resources: Resources,
) -> Response:
    """Return the latest letter, or that of a duty, in the form asked for.

    Raises NoticeNotFound.
    """
    wanted = [letter for letter in letters if duty in (None, letter.notice.duty)]
    if not wanted:
        raise NoticeNotFound(decision_id)
    response = await _rendered(wanted[0], accept, resources)
    if wanted[0].code != MASKED:
        response.headers[CODE_HEADER] = wanted[0].code
    return response


async def _rendered(letter: Letter, accept: str, resources: Resources) -> Response:
    if "application/pdf" in accept:
        return Response(await asyncio.to_thread(render_pdf, letter), media_type="application/pdf")
    if "text/html" in accept:
        return HTMLResponse(resources.notices.render_html(letter), headers=SEALED)
    if "text/plain" in accept:
        return PlainTextResponse(resources.notices.render_text(letter))
    return JSONResponse(to_json(letter.notice))


@router.get("/notices", summary="List the notices issued", response_model=list[NoticeOut])
async def get_notices(
    decision_id: UUID, actor: Viewer, resources: ResourcesDep
) -> list[dict[str, object]]:
    """Return every notice issued for the decision: all duties, all addressees."""
    letters = await view_letters(DecisionId(decision_id), actor=actor, sessions=resources.sessions)
    return [to_json(letter.notice) for letter in letters]


@queue.get(
    "/print-queue",
    summary="Fetch the letters to be mailed",
    response_class=Response,
    responses={
        HTTPStatus.OK.value: {"model": list[LetterOut], "content": {"application/zip": BYTES}}
    },
)
async def get_print_queue(
    actor: Annotated[Actor, Depends(allowed(Permission.DELIVER_NOTICES))],
    resources: ResourcesDep,
    accept: Annotated[str, Header()] = "application/json",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Return the manifest as JSON, or with `Accept: application/zip` the PDFs beside it.

    A letter leaves the queue when `notice_handed_over` is told of it.
    """
    waiting = await page_print_queue(actor=actor, sessions=resources.sessions, limit=limit)
    if "application/zip" not in accept:
        return JSONResponse([_line(letter, None) for letter in waiting])
    bundle = await asyncio.to_thread(_bundle, waiting)
    return Response(bundle, media_type="application/zip")


def _bundle(waiting: Sequence[Letter]) -> bytes:
    held = BytesIO()
    lines = []
    with ZipFile(held, "w", ZIP_DEFLATED) as bundle:
        for letter in waiting:
            notice = letter.notice
            try:
                document = render_pdf(letter)
            except NoticeUnprintable as refusal:  # one letter keeps no other from the mail
                lines.append({**_line(letter, None), "problem": str(refusal)})
                continue
            bundle.writestr(f"{notice.id}.pdf", document)
            lines.append(_line(letter, hashlib.sha256(document).hexdigest()))
        bundle.writestr("manifest.json", json.dumps(lines, indent=2))
    return held.getvalue()


def _line(letter: Letter, pdf_sha256: str | None) -> dict[str, object]:
    notice = letter.notice
    line: dict[str, object] = {
        "notice_id": str(notice.id),
        "decision_id": str(notice.decision_id),
        "duty": notice.duty,
        "addressee": notice.addressee,
        "due_at": notice.due_at.isoformat(),
        "name": notice.addressee_name,
        "address": notice.addressee_address,
        "access_code": letter.code,
    }
    return line if pdf_sha256 is None else {**line, "pdf": f"{notice.id}.pdf", "sha256": pdf_sha256}
