"""Facts as people say them: exact where that is short, and "about" where it is rounded."""

from decimal import ROUND_HALF_UP, Decimal

from app.domain.explanation import Fact, Language

WHOLE = Decimal(1)
TENTH = Decimal("0.1")
PERCENT = Decimal(100)
SIDES_ES = {"high": "alto", "low": "bajo"}
UNITS = {
    "en": {
        "months": ("month", "months"),
        "years": ("year", "years"),
        "points": ("point", "points"),
    },
    "es": {"months": ("mes", "meses"), "years": ("año", "años"), "points": ("punto", "puntos")},
}
FIVE_DIGITS = 10_000  # Spanish groups digits from here on: 8400, but 31.200
SWAPPED = str.maketrans(",.", ".,")


def value_in_words(fact: Fact, language: Language = "en") -> str:
    """Say a fact's value with its unit: `about 47%`, `$31,200`; `cerca del 47 %`, `$31.200`."""
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    match fact.unit:
        case "ratio" | "percent":
            value = fact.value * PERCENT if fact.unit == "ratio" else fact.value
            return _percent(value, language)
        case "usd":
            return _rounded(fact.value, WHOLE, "${}", language)
        case "months" | "years" | "points":
            one, many = UNITS[language][fact.unit]
            unit = one if fact.value == 1 else many
            return _rounded(fact.value, TENTH, f"{{}} {unit}", language)
        case _:
            exact = f"{fact.value.normalize():f}"
            return exact if language == "en" else figures(fact.value, language)


def fact_in_words(fact: Fact, language: Language = "en") -> str:
    """Say a fact as a clause: what it is, its value, and on which side it counted.

    The Spanish form agrees with a label of any gender and number. The label must be Spanish:
    see `can_be_said`.
    """
    if language == "es":
        if fact.unit == "flag":
            return f"la solicitud muestra {fact.local_label}"
        side = "" if fact.adverse is None else f", lo que es demasiado {SIDES_ES[fact.adverse]}"
        return f"{fact.local_label}: {value_in_words(fact, language)}{side}"
    if fact.unit == "flag":
        return f"the application shows {fact.label}"
    side = "" if fact.adverse is None else f", which was too {fact.adverse}"
    return f"{fact.label} stood at {value_in_words(fact)}{side}"


def can_be_said(fact: Fact, language: Language) -> bool:
    """Whether the words for a fact are there: in Spanish its label, and no category's name."""
    if language == "en":
        return True
    return bool(fact.local_label) and not (isinstance(fact.value, str) and fact.unit != "flag")


def _percent(value: Decimal, language: Language) -> str:
    if language == "es":
        return _rounded(value, WHOLE, "{} %", language, about="cerca del")
    return _rounded(value, WHOLE, "{}%", language)


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """Round to a step, to a finer one where nothing would be left: "about 0%" says none."""
    shown = value.quantize(step, ROUND_HALF_UP)
    if shown == 0 and value != 0:
        return value.quantize(step / 100, ROUND_HALF_UP)
    return shown


def _rounded(value: Decimal, step: Decimal, form: str, language: Language, about: str = "") -> str:
    shown = rounded(value, step)
    text = form.format(figures(shown, language))
    if shown == value:
        return text
    return f"{about or ('about' if language == 'en' else 'cerca de')} {text}"


def figures(number: Decimal, language: Language) -> str:
    """Write a number as its language groups and marks it."""
    whole = number == number.to_integral_value()
    if language == "en":
        return f"{number:,.0f}" if whole else f"{number.normalize():,f}"
    grouped = "," if abs(number) >= FIVE_DIGITS else ""
    english = (
        format(number, f"{grouped}.0f") if whole else format(number.normalize(), f"{grouped}f")
    )
    return english.translate(SWAPPED)
