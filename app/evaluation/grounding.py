"""Whether the verifier tells faithful replies from unfaithful ones, by cases of both."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from app.domain.catalogue import Catalogue
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.explanation import (
    Audience,
    Dossier,
    EvidencePassage,
    Fact,
    Finding,
    Language,
    ReasonToExplain,
    ScoreFact,
)
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from app.domain.verification.reply import read_reply
from app.domain.verification.verify import findings_of

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class GroundingCase:
    """A reply and all that may be said; `faithful` is what the author of the case judged."""

    id: str
    dossier: Dossier
    reply: str
    faithful: bool
    defect: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the verifier found in one case; nothing where it accepts."""

    case: GroundingCase
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether the reply would be delivered."""
        return not self.findings


def judge(case: GroundingCase) -> Judged:
    """Read and verify one reply."""
    read = read_reply(case.reply)
    if isinstance(read, Finding):
        return Judged(case, (read,))
    return Judged(case, findings_of(read, case.dossier))


def evaluate_grounding(
    lines: Iterable[str],
    catalogue: Catalogue,
    on_judged: Callable[[Judged], None] | None = None,
) -> dict[str, Any]:
    """Judge each case (a JSON line) and count, in the form the contract gives.

    Raises InvalidFields, naming the line, for a case that cannot be read.
    """
    counts = {
        "faithful_accepted": 0,
        "faithful_rejected": 0,
        "unfaithful_accepted": 0,
        "unfaithful_rejected": 0,
    }
    by_defect: dict[str, list[int]] = {}
    wrong = []
    total = 0
    for case in read_cases(lines, catalogue):
        judged = judge(case)
        if on_judged is not None:
            on_judged(judged)
        total += 1
        kind = "faithful" if case.faithful else "unfaithful"
        counts[f"{kind}_{'accepted' if judged.accepted else 'rejected'}"] += 1
        if not case.faithful:
            by_defect.setdefault(case.defect or "unnamed", [0, 0])[0 if judged.accepted else 1] += 1
        if judged.accepted != case.faithful:
            wrong.append(case.id)
    return {"cases": total, **counts, "by_defect": dict(sorted(by_defect.items())), "wrong": wrong}


def read_cases(lines: Iterable[str], catalogue: Catalogue) -> Iterator[GroundingCase]:
    """Read cases; the catalogue says on which side a code counts where the case does not.

    Raises InvalidFields, naming the line and what is wrong with it.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            yield GroundingCase(
                id=str(case["id"]),
                dossier=_dossier(case, catalogue),
                reply=_text(case["reply"]),
                faithful=bool(case["faithful"]),
                defect=case.get("defect"),
            )
        except KeyError as error:
            problem = FieldProblem(f"/{number}", f"is not a grounding case: it lacks {error}")
            raise InvalidFields([problem]) from error
        except UNREADABLE as error:
            problem = FieldProblem(f"/{number}", f"is not a grounding case: {error!r}")
            raise InvalidFields([problem]) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = f"text expected, not {value!r:.40}"
        raise TypeError(message)
    return value


def _dossier(case: Mapping[str, Any], catalogue: Catalogue) -> Dossier:
    decision = case["decision"]
    score = decision.get("score")
    if case["language"] not in get_args(Language) or case["audience"] not in get_args(Audience):
        message = f"no such language or audience: {case['language']}, {case['audience']}"
        raise ValueError(message)
    return Dossier(
        decision_id=DecisionId(UUID(int=0)),
        audience=case["audience"],
        language=case["language"],
        action=decision["action"],
        product=decision["product"],
        decided_on=datetime.fromisoformat(decision["decided_at"]).date(),
        score=None if score is None else ScoreFact(score["value"], score["min"], score["max"]),
        reasons=tuple(_reason(reason, catalogue) for reason in case["principal_reasons"]),
        passages=tuple(
            EvidencePassage(_text(p["citation"]), _text(p["text"]), p.get("status", "in force"))
            for p in case["passages"]
        ),
        quotes={},
    )


def _reason(reason: Mapping[str, Any], catalogue: Catalogue) -> ReasonToExplain:
    code = ReasonCode(reason["code"])
    entry = catalogue.get(code)
    return ReasonToExplain(
        code,
        _text(reason["statement"]),
        tuple(_fact(fact) for fact in reason.get("facts", ())),
        None if entry is None else entry.adverse_when,
    )


def _fact(fact: Mapping[str, Any]) -> Fact:
    feature = fact["feature"]
    label = fact.get("label", feature.replace("_", " "))
    return Fact(feature, label, fact["value"], fact["unit"], fact.get("adverse"))
