"""A notice as issued: sections, each holding one element that the law requires."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import rfc8785
from typing_extensions import override

from app.domain.duties import Duty
from app.domain.ids import DecisionId, NoticeId
from app.domain.notices.elements import Element, Form


@dataclass(frozen=True, slots=True)
class Slot:
    """A fact that fixed text leaves open: its label, and the value that fills it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A principal reason, by its reviewed statement; `creditor` where several decided."""

    code: str
    statement: str
    creditor: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One element: fixed paragraphs, a list, and slots. A blank slot makes it incomplete."""

    element: Element
    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    is_ordered: bool = False

    @property
    def blanks(self) -> tuple[str, ...]:
        """What of this element is not there: blank slots, or all of it."""
        if not (self.paragraphs or self.items or self.slots):
            return (self.element.value,)
        blank = tuple(slot.label for slot in self.slots if not slot.value.strip())
        return blank + tuple("text" for p in (*self.paragraphs, *self.items) if not p.strip())


@dataclass(frozen=True, slots=True, repr=False)
class Notice:
    """A notice as issued. `due_at` and `issued_at` are aware UTC. Prints its id alone.

    `addressee` says which applicant it goes to: `primary`, or `joint-1` and so on.
    """

    id: NoticeId
    decision_id: DecisionId
    duty: Duty
    form: Form
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
    reasons: tuple[Reason, ...]
    sections: tuple[Section, ...]

    def all_of(self, element: Element) -> tuple[Section, ...]:
        """The sections that hold an element."""
        return tuple(section for section in self.sections if section.element is element)

    def text_of(self, element: Element) -> str:
        """An element's paragraphs as one text, empty where the notice has none."""
        return "\n\n".join(p for section in self.all_of(element) for p in section.paragraphs)

    @override
    def __repr__(self) -> str:
        """Keep names and addresses out of logs."""
        return f"Notice(id={self.id})"


def to_json(notice: Notice) -> dict[str, Any]:
    """Serialise, stably: the same notice gives the same members and the same text."""
    plain = {name: _plain(value) for name, value in asdict(notice).items()}
    return {
        **plain,
        "action_taken": notice.text_of(Element.ACTION_TAKEN),
        "ecoa_notice": notice.text_of(Element.ECOA_NOTICE),
        "elements": list(dict.fromkeys(section.element.value for section in notice.sections)),
    }


def content_sha256(notice: Notice) -> str:
    """Hash the canonical JSON (RFC 8785) of what was issued."""
    return hashlib.sha256(rfc8785.dumps(to_json(notice))).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(held) for held in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | bool) else str(value)
