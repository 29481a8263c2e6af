"""A text as the reader of numbers sees it: words, figures and signs in a row."""

import re
from dataclasses import dataclass

from app.domain.explanation import Language
from app.domain.verification.text import plain

TOKEN = re.compile(
    r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?\.?)"
    r"|(?P<digits>\d[\d.,\u202f\u00a0]*\d|\d|\.\d+)"
    r"|(?P<sign>[%$\u20ac\u00a3~\u2248\u00bd\u00bc\u00be+-])"
    r"|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a figure or a sign; `kind` is the name of its group in TOKEN."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens of a text; `words` are theirs in lower case, a closing full stop taken off."""

    text: str
    language: Language
    tokens: tuple[Token, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str, language: Language) -> "Line":
        """Read a text; a hyphen parts words as a space does, so `twenty-two` is two."""
        tokens = tuple(
            Token(match.lastgroup or "", match.group(), match.start(), match.end())
            for match in TOKEN.finditer(text.replace("-", " ").replace("\u2011", " "))
        )
        words = tuple(plain(token.text).rstrip(".") for token in tokens)
        return cls(text, language, tokens, words)

    def __len__(self) -> int:
        return len(self.tokens)

    def word(self, at: int) -> str:
        """Return the word at a place, "" beyond the end."""
        return self.words[at] if at < len(self.words) else ""

    def has(self, phrase: tuple[str, ...], at: int) -> bool:
        """Whether a phrase stands at a place."""
        return self.words[at : at + len(phrase)] == phrase
