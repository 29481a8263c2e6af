"""Notices as people read them: a letter in HTML, in plain text and as a tagged PDF."""

import textwrap

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.domain.access_codes import code_sentences
from app.domain.notices.letters import Letter
from app.domain.notices.notice import Section
from app.domain.wording import spelled_date

WIDTH = 78


class NoticeRenderer:
    """Renders a stored notice; nothing is made up here."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("app.adapters"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._environment.filters["spelled_date"] = spelled_date

    def render_html(self, letter: Letter) -> str:
        """Return a page that stands alone, prints well and loads nothing."""
        template = self._environment.get_template("notice.html.j2")
        return template.render(notice=letter.notice, online=code_sentences(letter.code))

    def render_text(self, letter: Letter) -> str:
        """Return the letter as plain text of 78 columns."""
        notice = letter.notice
        parts = [
            notice.creditor_name,
            notice.creditor_address,
            notice.creditor_phone,
            "",
            spelled_date(notice.issued_at.date()),
            "",
            notice.addressee_name,
            notice.addressee_address,
            "",
            notice.title.upper(),
        ]
        for section in notice.sections:
            parts += ["", *_lines(section)]
        parts += ["", *code_sentences(letter.code)]
        return "\n".join(_wrapped(part) for part in parts) + "\n"


def _lines(section: Section) -> list[str]:
    lines = [f"{section.heading}:", ""] if section.heading else []
    for paragraph in section.paragraphs:
        lines += [paragraph]
    if section.is_ordered:
        lines += [f"  {rank}. {item}" for rank, item in enumerate(section.items, start=1)]
    else:
        lines += [f"  - {item}" for item in section.items]
    return lines + [f"  {slot.label}: {slot.value}" for slot in section.slots]


def _wrapped(part: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="     " if line.startswith("  ") else "")
        for line in part.split("\n")
    )
