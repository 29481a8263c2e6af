"""The two kinds of text a draft has: a summary of all reasons, a statement of one."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from app.domain.verification.licence import Licence


@dataclass(frozen=True, slots=True)
class SummaryText:
    """What the draft says of the decision: every reason may be spoken of, in its order."""

    text: str
    licences: tuple[Licence, ...]
    product: frozenset[str]  # the roots of what the product is called

    where: ClassVar[str] = "summary"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What the draft says of one reason: no other may be spoken of."""

    text: str
    where: str
    licence: Licence

    product: ClassVar[frozenset[str]] = frozenset()

    @property
    def licences(self) -> tuple[Licence, ...]:
        """The one licence, as a summary has several."""
        return (self.licence,)


Text: TypeAlias = SummaryText | ReasonText
