"""Notices as PDF, by Typst: tagged, with its fonts inside, and the same bytes each time."""

from functools import cache
from importlib.resources import files
from typing import Literal

import orjson
import typst

from app.domain.errors import NoticeUnprintable
from app.domain.notices.notice import Notice, to_json
from app.domain.wording import spelled_date

STANDARD: Literal["ua-1"] = (
    "ua-1"  # PDF/UA-1 (ISO 14289-1): a screen reader gets headings, lists and order
)


def render_pdf(notice: Notice) -> bytes:
    """Return the letter as a PDF/UA-1 document on US letter paper. Takes tens of milliseconds.

    A name in a script that the fonts inside lack is set in the machine's own fonts. Raises
    NoticeUnprintable where those lack it too: a letter with holes in it is no notice.
    """
    try:
        return _compiled(notice, ignore_system_fonts=True)
    except typst.TypstError:
        pass
    try:
        return _compiled(notice, ignore_system_fonts=False)
    except typst.TypstError as error:
        raise NoticeUnprintable(notice.id) from error


def _compiled(notice: Notice, *, ignore_system_fonts: bool) -> bytes:
    shown = {**to_json(notice), "issued_on": spelled_date(notice.issued_at.date())}
    return typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"notice": orjson.dumps(shown).decode()},
        pdf_standards=[STANDARD],
        ignore_system_fonts=ignore_system_fonts,
        timestamp=int(notice.issued_at.timestamp()),
    )


@cache
def _template() -> bytes:
    return files("app.adapters").joinpath("templates/notice.typ").read_bytes()
