"""How many years of school a text asks of its reader.

English: the Flesch-Kincaid grade (Kincaid and others 1975). Spanish: Fernandez Huerta's reading
ease (1959), turned into years of school by his own table. Both look at the length of words and
sentences alone: they find what is hard to read, not what is hard to understand. They ask for a
plainer draft; they are no proof of anything, and nothing that is proved is withheld for them.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from app.domain.explanation import Audience, Draft, Finding, Language

WORD = re.compile(r"\d[\d.,]*\d|\d|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE = re.compile(r"[.!?;](?=\s|$)")
# Years of school at most. Compliance reads rules and hashes: no limit is set for it.
LIMITS: dict[Audience, float] = {"customer": 8.0, "underwriter": 14.0}
# Reading ease and years of school, from his table: "very easy" is the fourth grade.
HUERTA = (
    (100.0, 4.0),
    (90.0, 5.0),
    (80.0, 6.0),
    (70.0, 7.0),
    (60.0, 9.0),
    (50.0, 12.0),
    (30.0, 16.0),
)
RULE = "reading-grade"


@dataclass(frozen=True, slots=True)
class Reading:
    """The grade of a text, and the highest its audience is asked for (None: any)."""

    grade: float
    limit: float | None
    words: int
    sentences: int

    @property
    def is_plain(self) -> bool:
        """Whether the audience can be expected to read it."""
        return self.limit is None or self.grade <= self.limit


def readability(text: str, audience: Audience, language: Language) -> Reading:
    """Grade a text. A figure counts as one short word; an empty text asks for no school."""
    words = WORD.findall(text)
    sentences = max(1, len(SENTENCE.findall(text.strip())) + _is_open(text))
    if not words:
        return Reading(0.0, LIMITS.get(audience), 0, 0)
    count = syllables if language == "en" else silabas
    per_word = sum(1 if word[0].isdigit() else count(word) for word in words) / len(words)
    per_sentence = len(words) / sentences
    if language == "en":
        grade = max(0.0, 0.39 * per_sentence + 11.8 * per_word - 15.59)
    else:
        grade = _years(206.84 - 60 * per_word - 1.02 * per_sentence)
    return Reading(round(grade, 1), LIMITS.get(audience), len(words), sentences)


def hard_to_read(draft: Draft, audience: Audience, language: Language) -> tuple[Finding, ...]:
    """Name the statements to word more plainly, where the explanation as a whole is too hard.

    They are reasons to correct a draft and never to refuse the last one: the template is proved,
    and the words of a reviewed statement are not the writer's to change.
    """
    whole = " ".join((draft.summary, *(statement.text for statement in draft.statements)))
    if readability(whole, audience, language).is_plain:
        return ()
    return tuple(
        Finding(RULE, statement.text, f"reasons[{at}].statement")
        for at, statement in enumerate(draft.statements)
        if not readability(statement.text, audience, language).is_plain
    )


def _is_open(text: str) -> int:
    """One, where the last words stand without a full stop."""
    return int(bool(text.strip()) and text.strip()[-1] not in ".!?;")


def _years(ease: float) -> float:
    if ease >= HUERTA[0][0]:
        return HUERTA[0][1]
    for (high, lower), (low, upper) in pairwise(HUERTA):
        if ease >= low:
            return lower + (upper - lower) * (high - ease) / (high - low)
    return HUERTA[-1][1]


VOWELS = re.compile(r"[aeiouy]+")
# Neighbouring vowels that are two syllables, once those that are one are out of the way.
TOGETHER = re.compile(r"[tscg]ia[ln]|(?<!s)[tc]ie[nt]|[tsc]ies?$|[^aeiou]ied$|[tscgx]iou")
APART = re.compile(
    r"ia(?!n\b|ns\b|r\b|ge)|io(?!n)|iu|eo(?!n\b|us|p)|(?<!q)ua(?!l?i|rd|r(?:an)?t)|uo(?!r)"
    r"|(?<!q)ue(?=[lnst]\b)|ie(?=n[ct]|[nt]\b)|ying|[aeou]ing|created?\b|area|dea\b"
)
SILENT = re.compile(r"(?<=[^aeiouy])(?:e|(?<![sxzcg])(?<!sh)(?<!ch)es|(?<![td])ed)$")
SPOKEN_LE = re.compile(r"[^aeiouylr]les?$")
INNER_E = re.compile(r"(?<=[aiou][^aeiouy])e(?=ment|ments|ly|ful|less|ty)")
ODD = {
    "business": 2,
    "every": 2,
    "being": 2,
    "value": 2,
    "values": 2,
    "period": 3,
    "periods": 3,
    "material": 4,
    "social": 2,
    "people": 2,
    "vehicle": 3,
    "vehicles": 3,
    "average": 3,
    "collateral": 4,
    "foreclosure": 3,
    "therefore": 2,
}


def syllables(word: str) -> int:
    """Count the syllables of an English word as it is spoken; at least one."""
    spelled = word.lower().replace("\u2019", "'").removesuffix("'s")
    parts = spelled.split("-")
    if len(parts) > 1:
        return sum(syllables(part) for part in parts if part)
    if spelled in ODD:
        return ODD[spelled]
    heard = INNER_E.sub("", spelled)
    if not SPOKEN_LE.search(heard):
        heard = SILENT.sub("", heard)
    count = len(VOWELS.findall(heard))
    count += sum(1 for _ in APART.finditer(TOGETHER.sub("#", heard)))
    return max(1, count)


STRONG = frozenset("aeoáéóíú")
WEAK = frozenset("iuü")
MUTE_U = re.compile(r"(?<=q)u|(?<=g)u(?=[eiéí])")
FINAL_Y = re.compile(r"y$")


def silabas(word: str) -> int:
    """Count the syllables of a Spanish word: two strong vowels are two, a weak one joins."""
    spelled = FINAL_Y.sub("i", MUTE_U.sub("", word.lower()))
    count, before = 0, ""
    for letter in spelled:
        if letter in STRONG:
            count += 1 if before not in WEAK or letter in "íú" else 0
        elif letter in WEAK:
            count += 1 if before not in STRONG | WEAK or (before in "íú" and before) else 0
        before = letter
    return max(1, count)
