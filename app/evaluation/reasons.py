"""Measures the reason rule on cases written by others: exact, or wrong."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, get_args

from app.adapters.registration_json import registration_from_json
from app.domain.decisions import Component
from app.domain.errors import FieldProblem, InvalidFields, RefusedAttribution
from app.domain.models import Direction, Feature, ReasonCode, Registration
from app.domain.reasons import Attributed, Attribution, FeatureValue, RuleHit, principal_reasons

NOT_NUMBERS = {"NaN", "Infinity", "-Infinity"}
UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class ReasonsReport:
    """How many cases were answered exactly; `wrong` names the others."""

    cases: int
    exact: int
    wrong: tuple[str, ...]


def evaluate_reasons(lines: Iterable[str]) -> ReasonsReport:
    """Answer each case (a JSON line) and compare.

    A case is exact when its reasons are those expected, in their order, with the same ones
    flagged, or when it is refused with the expected type. Raises InvalidFields, naming the
    line, for a case that cannot be read.
    """
    answered = [(str(case["id"]), _is_exact(case)) for case in _cases(lines)]
    wrong = tuple(case_id for case_id, is_exact in answered if not is_exact)
    return ReasonsReport(len(answered), len(answered) - len(wrong), wrong)


def _cases(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
            missing = {"id", "registration", "decision", "expected"} - case.keys()
        except (ValueError, AttributeError, ArithmeticError, RecursionError) as error:
            problem = FieldProblem(f"/{number}", f"is not a JSON object: {error}")
            raise InvalidFields([problem]) from error
        if missing:
            problem = FieldProblem(f"/{number}", f"lacks {', '.join(sorted(missing))}")
            raise InvalidFields([problem])
        yield case


def _is_exact(case: Mapping[str, Any]) -> bool:
    expected = case["expected"]
    try:
        registration = _well_formed(registration_from_json(case["registration"]))
        if "method" in case:
            registration = replace(registration, method=case["method"])
        ranked = principal_reasons(_attributed(case["decision"]), registration)
    except RefusedAttribution as refusal:
        return isinstance(expected, dict) and expected.get("refused") == refusal.kind
    except UNREADABLE as error:
        problem = FieldProblem(f"/{case['id']}", f"cannot be read: {error!r}")
        raise InvalidFields([problem]) from error
    flagged = [reason.code for reason in ranked if reason.counter_intuitive]
    codes = [reason.code for reason in ranked]
    return bool(codes == expected and flagged == case.get("flagged", []))


def _attributed(decision: Mapping[str, Any]) -> Attributed:
    component = decision.get("component", "scored")
    if component not in get_args(Component):
        raise ValueError(component)
    judgmental = tuple(_code(code) for code in _listed(decision.get("judgmental")))
    rules = tuple(
        RuleHit(str(rule.get("id", "")), _code(rule["code"]))
        for rule in _listed(decision.get("rules"))
    )
    if component == "judgmental" and "attribution" not in decision:
        return Attributed(Decimal(0), Decimal(0), (), rules, component, judgmental)
    attribution = decision["attribution"]
    return Attributed(
        score=_number(decision["score"]["value"]),
        base=_number(attribution["base"]),
        items=tuple(
            Attribution(
                Feature(_text(item["feature"])),
                _value(item.get("value")),
                _number(item["contribution"]),
            )
            for item in _listed(attribution["items"])
        ),
        rules=rules,
        component=component,
        judgmental=judgmental,
    )


def _well_formed(registration: Registration) -> Registration:
    for feature in registration.features:
        if feature.direction not in get_args(Direction):
            raise ValueError(feature.direction)
        _text(feature.name)
        _text(feature.code or "")
    if not isinstance(registration.higher_is_better, bool):
        raise TypeError(registration.higher_is_better)
    return registration


def _listed(sent: object) -> list[Any]:
    if sent is None or isinstance(sent, list):
        return sent or []
    raise TypeError(sent)


def _text(sent: object) -> str:
    if isinstance(sent, str):
        return sent
    raise TypeError(sent)


def _code(sent: object) -> ReasonCode:
    return ReasonCode(_text(sent))


def _number(sent: object) -> Decimal:
    return sent if isinstance(sent, Decimal) else Decimal(str(sent))


def _value(sent: object) -> FeatureValue:
    """A value as sent; a non-finite number arrives as a word, and is a number all the same."""
    if isinstance(sent, str):
        return Decimal(sent) if sent in NOT_NUMBERS else sent
    if sent is None or isinstance(sent, bool | Decimal):
        return sent
    return None
