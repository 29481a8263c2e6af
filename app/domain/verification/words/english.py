"""English, as the checks read it."""

from app.domain.verification.lexicon import Lexicon
from app.domain.verification.words.reading import blocks

ENGLISH = Lexicon(blocks("english.txt"))
