"""A notice with the code that its letter carries."""

from dataclasses import dataclass

from app.domain.access_codes import MASKED
from app.domain.notices.notice import Notice


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A notice as it is printed. The code is masked for whoever may not deliver letters."""

    notice: Notice
    code: str = MASKED
