"""The quantities of a text, and what stands around each of them."""

from dataclasses import dataclass

from app.domain.explanation import Fact, Language
from app.domain.verification.licence import Licence
from app.domain.verification.quantities import Quantity, quantities
from app.domain.verification.text import CLAUSE_END, Span, sentence_at
from app.domain.verification.units import TIME
from app.domain.verification.words.reading import lexicon_of


@dataclass(frozen=True, slots=True)
class Match:
    """A fact whose value a quantity says, and the licence of its reason."""

    licence: Licence
    fact: Fact


@dataclass(frozen=True, slots=True)
class Figures:
    """The quantities of a text and where they stand."""

    text: str
    language: Language
    stated: tuple[Quantity, ...]

    @classmethod
    def read(cls, text: str, language: Language) -> "Figures":
        """Read all quantities of a text."""
        return cls(text, language, tuple(quantities(text, language)))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where they stand."""
        return [(one.start, one.end) for one in self.stated]

    @property
    def has_time(self) -> bool:
        """Whether a length of time is stated."""
        return any(one.unit in TIME for one in self.stated)

    def sentence_of(self, stated: Quantity) -> Span:
        """The sentence a quantity stands in."""
        return sentence_at(self.text, stated.start)

    def before(self, stated: Quantity) -> str:
        """All that stands before a quantity."""
        return self.text[: stated.start]

    def after(self, stated: Quantity, length: int) -> str:
        """As many signs as asked for that stand after a quantity."""
        return self.text[stated.end : stated.end + length]

    def counted(self, stated: Quantity, words: int) -> str:
        """The first words of what follows a quantity in its clause: what it counts."""
        return " ".join(CLAUSE_END.split(self.after(stated, 40))[0].split()[:words])

    def topics_counted(self, stated: Quantity, words: int) -> list[frozenset[str]]:
        """The topics of each term of what a quantity counts."""
        return [term.topics for term in lexicon_of(self.language).read(self.counted(stated, words))]
