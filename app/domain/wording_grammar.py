"""How facts are written into a sentence: agreement with numbers, and slots for what was stated."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.domain.explanation import Fact, Finding, Language
from app.domain.slots import ABOUT, NOUNS, say, unit_of


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A word after "1" that ends in s is a plural, except these.
NO_PLURALS: Mapping[Language, frozenset[str]] = {
    "en": _words("is was has as this its his plus less minus times us across versus"),
    "es": _words("es las los sus tras m\u00e1s menos dos tres seis veces pues"),
}
# After these, a following plural belongs to something else: "1 in the past months".
NO_ADJECTIVES: Mapping[Language, frozenset[str]] = {
    "en": _words(
        "is was were are has had in of on at by for from to the a an and or as with than per out "
        "which that this over under"
    ),
    "es": _words(
        "es era fue en de del al a por para con y o que el la los las un una m\u00e1s como sobre"
    ),
}
SHORTEST_PLURAL = 3
WORDS = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"(?<![\d.,])(\d[\d.,]*)\s+(?=[^\W\d_])")


def language_findings(text: str, language: Language) -> Iterator[Finding]:
    """Find what no one would write: `1 months`, `1 recent inquiries`, a unit said twice."""
    pairs = NOUNS[language].values()
    for match in NUMBER.finditer(text):
        clause, _, _ = text[match.end() :].partition(",")
        following = [word.lower() for word in WORDS.findall(clause)[:2]]
        if match[1] == "1":
            plural = _plural_of_one(following, language)
            if plural is not None:
                yield Finding("unit-disagrees", f"1 {plural}", "text")
        elif any(following[0] == one for one, _ in pairs):
            yield Finding("unit-disagrees", f"{match[1]} {following[0]}", "text")
    about, nouns = ABOUT[language].strip(), "|".join(noun for pair in pairs for noun in pair)
    for twice in (
        rf"\b{about}\s+{about}\b",
        r"%\s*(?:%|percent\b|por ciento\b)",
        rf"\$\s*(?:{about} )?\$",
        rf"\b(?:{nouns})\s+(?:{nouns})\b",
        r"\$[\d.,]+\s+(?:dollars?|d\u00f3lares)\b",
    ):
        said = re.search(twice, text, re.IGNORECASE)
        if said is not None:
            yield Finding("said-twice", said.group(), "text")


def slotted(text: str, facts: Sequence[Fact], language: Language) -> str:
    """Put slots where a writer stated the facts it was given, so that any value can stand there.

    A number stated in some other way stays, and the range will show that it is untrue.
    """
    for fact in facts:
        unit = unit_of(fact)
        if unit == "flag":
            continue
        said = say(fact, unit, language)
        for form in (said, said.replace("%", " percent")):
            found = re.search(rf"(?<![\w$.,]){re.escape(form)}(?![\w%])", text, re.IGNORECASE)
            if found is None:
                continue
            before, after = text[: found.start()], text[found.end() :]
            noun = _counted(after) if unit == "count" and language == "en" else None
            kind: str = unit
            if noun is not None:
                kind, after = f"{unit}|{noun[0]}|{noun[1]}", after[1 + len(noun[1]) :]
            text = f"{before}{{{fact.feature}:{kind}}}{after}"
            break
    return text


def _counted(after: str) -> tuple[str, str] | None:
    """Return the noun after a number, with one adjective, in the singular and as it stands."""
    found = re.match(r" ((?:[^\W\d_]+ )?([^\W\d_]+s))\b", after)
    if found is None:
        return None
    words = found[1].split()
    if words[0].lower() in NO_ADJECTIVES["en"]:
        return None
    if len(words) > 1 and words[0].endswith("s"):
        words = words[:1]
    noun = words[-1]
    if noun in NO_PLURALS["en"]:
        return None
    singular = f"{noun[:-3]}y" if noun.endswith("ies") else noun[:-1]
    return " ".join([*words[:-1], singular]), " ".join(words)


def _plural_of_one(following: list[str], language: Language) -> str | None:
    first = following[0]
    if _is_plural(first, language):
        return first
    if len(following) > 1 and first not in NO_ADJECTIVES[language]:
        second = following[1]
        if _is_plural(second, language):
            return f"{first} {second}"
    return None


def _is_plural(word: str, language: Language) -> bool:
    if len(word) < SHORTEST_PLURAL or word.endswith("ss"):
        return False
    return word.endswith("s") and word not in NO_PLURALS[language]
