"""Facts as people say them: exact where that is short, and "about" where it is rounded."""

from decimal import ROUND_HALF_UP, Decimal

from app.domain.explanation import Fact

WHOLE = Decimal(1)
TENTH = Decimal("0.1")
PERCENT = Decimal(100)


def value_in_words(fact: Fact) -> str:
    """Say a fact's value with its unit: `about 47%`, `$31,200`, `0.2 months`."""
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    match fact.unit:
        case "ratio":
            return _rounded(fact.value * PERCENT, WHOLE, "{}%")
        case "percent":
            return _rounded(fact.value, WHOLE, "{}%")
        case "usd":
            return _rounded(fact.value, WHOLE, "${}")
        case "months" | "years" | "points":
            return _rounded(fact.value, TENTH, f"{{}} {fact.unit}")
        case _:
            return f"{fact.value.normalize():f}"


def fact_in_words(fact: Fact) -> str:
    """Say a fact as a clause: what it is, its value, and on which side it counted."""
    if fact.unit == "flag":
        return f"the application shows {fact.label}"
    side = "" if fact.adverse is None else f", which was too {fact.adverse}"
    return f"{fact.label} stood at {value_in_words(fact)}{side}"


def _rounded(value: Decimal, step: Decimal, form: str) -> str:
    shown = value.quantize(step, ROUND_HALF_UP)
    if shown == 0 and value != 0:  # "about 0%" would say there was none
        shown = value.quantize(step / 100, ROUND_HALF_UP)
    text = form.format(_plain(shown))
    return text if shown == value else f"about {text}"


def _plain(number: Decimal) -> str:
    whole = number == number.to_integral_value()
    return f"{number:,.0f}" if whole else f"{number.normalize():,f}"
