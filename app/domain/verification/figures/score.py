"""The score and the ends of its scale, which a text may name though no reason's fact is them."""

import re
from typing import Final

from app.domain.explanation import Dossier, Language, ScoreFact
from app.domain.verification.figures.stated import Figures
from app.domain.verification.quantities import Quantity

SCORE_WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("score", "scale", "range", "scored", "scoring", "points", "at ", "decline"),
    "es": (
        *("puntaje", "puntuaci\u00f3n", "escala", "rango", "puntos", "score", "calificaci\u00f3n"),
        *("at ", "decline"),
    ),
}
RANGE_WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        *("scale", "range", "ranges", "from", "to", "between", "out of", "and", "runs", "running"),
        *("low", "high", "possible", " of ", "/", " on ", "-", "\u2013"),
    ),
    "es": ("escala", "rango", "de", "a", "entre", "y", "desde", "hasta", "sobre", "/", "va"),
}
IS_THE_SCORE: Final = (
    *("score of", "score was", "score:", "scored", "score is"),
    *("puntaje de", "puntuaci\u00f3n de"),
)


def is_of_score(stated: Quantity, figures: Figures, dossier: Dossier) -> bool:
    """Whether it is the score, or an end of its scale named as such."""
    score = dossier.score
    if score is None or stated.unit not in {"", "points"} or stated.bound != "exact":
        return False
    if stated.value == score.value:
        return _is_told_as_score(stated, figures, score)
    return stated.value in {score.min, score.max} and _is_told_as_end(stated, figures, score)


def _is_told_as_score(stated: Quantity, figures: Figures, score: ScoreFact) -> bool:
    sentence = figures.sentence_of(stated)
    text = sentence.text.lower()
    before = figures.text[sentence.start : stated.start].lower().split()
    if before and before[-1] in {"scale", "range"}:
        return False  # told as an end of the scale
    ends_range = re.search(
        rf"(?:range|scale|between|from)\D{{1,12}}{score.min}\D{{1,8}}{score.value}\b", text
    )
    if ends_range is not None:
        return False
    is_bare = not any(char.isdigit() for char in text.replace(str(score.value), ""))
    return is_bare or "/" in text or any(word in text for word in SCORE_WORDS[figures.language])


def _is_told_as_end(stated: Quantity, figures: Figures, score: ScoreFact) -> bool:
    sentence = figures.sentence_of(stated)
    if re.search(rf"\b{score.max}\D{{1,8}}{score.min}\b", sentence.text.lower()):
        return False  # the scale told upside down
    before = figures.text[max(sentence.start, stated.start - 30) : stated.start].lower()
    near = f"{before} | {figures.after(stated, 14).lower()}"
    return any(word in near for word in RANGE_WORDS[figures.language]) and not (
        before.rstrip().endswith(IS_THE_SCORE)
    )
