"""Notices as PDF, by Typst: tagged, with its fonts inside, and the same bytes each time."""

from functools import cache
from importlib.resources import files
from typing import Literal

import orjson
import typst

from app.domain.access_codes import code_sentences
from app.domain.errors import NoticeUnprintable
from app.domain.notices.letters import Letter
from app.domain.notices.notice import to_json
from app.domain.wording import spelled_date

STANDARD: Literal["ua-1"] = (
    "ua-1"  # PDF/UA-1 (ISO 14289-1): a screen reader gets headings, lists and order
)


def render_pdf(letter: Letter) -> bytes:
    """Return the letter as a PDF/UA-1 document on US letter paper. Takes tens of milliseconds.

    A name in a script that the fonts inside lack is set in the machine's own fonts. Raises
    NoticeUnprintable where those lack it too: a letter with holes in it is no notice.
    """
    try:
        return _compiled(letter, ignore_system_fonts=True)
    except typst.TypstError:
        pass
    try:
        return _compiled(letter, ignore_system_fonts=False)
    except typst.TypstError as error:
        raise NoticeUnprintable(letter.notice.id) from error


def _compiled(letter: Letter, *, ignore_system_fonts: bool) -> bytes:
    notice = letter.notice
    shown = {
        **to_json(notice),
        "issued_on": spelled_date(notice.issued_at.date()),
        "online": code_sentences(letter.code),
    }
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
