"""Reasons and a passage of a small case, and what the verifier finds in one text about them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.domain.decisions import Action
from app.domain.explanation import (
    Citation,
    Dossier,
    Draft,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
    ScoreFact,
    Side,
    Statement,
)
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from app.domain.verification.verify import findings_of

RULE = EvidencePassage(
    "12 CFR 1002.9(b)(2)",
    "The statement of reasons for adverse action must be specific and indicate the"
    " principal reason(s) for the adverse action. A creditor need not describe how or why a"
    " factor adversely affected an applicant.",
    "in force",
)


def reason(
    code: str,
    statement: str,
    feature: str,
    value: Decimal | str | bool,  # noqa: FBT001 -- a fact may be a flag
    unit: str,
    adverse: Side | None = None,
) -> ReasonToExplain:
    fact = Fact(feature, feature.replace("_", " "), value, unit, adverse)
    return ReasonToExplain(ReasonCode(code), statement, (fact,))


USE = reason(
    "X-RV-01",
    "Proportion of revolving balances to credit limits",
    "revolving_utilization",
    Decimal("0.92"),
    "ratio",
    "high",
)
HISTORY = reason(
    "X-HS-01", "Length of credit history", "oldest_account_months", Decimal(14), "months", "low"
)
INQUIRIES = reason(
    "X-IN-01",
    "Number of recent inquiries on credit bureau report",
    "inquiries_6m",
    Decimal(7),
    "count",
    "high",
)
DEBT = reason(
    "X-OB-01",
    "Excessive obligations in relation to income",
    "debt_to_income",
    Decimal("0.47"),
    "ratio",
    "high",
)
NO_FILE = reason("X-HS-02", "No credit file", "has_credit_file", value=False, unit="flag")
INCOME = reason(
    "X-IC-01",
    "Income insufficient for amount of credit requested",
    "annual_income_usd",
    Decimal(21500),
    "usd",
    "low",
)


def dossier(
    *reasons: ReasonToExplain, language: Language = "en", action: Action = "declined"
) -> Dossier:
    return Dossier(
        decision_id=DecisionId(UUID(int=1)),
        audience="customer",
        language=language,
        action=action,
        product="personal-loan",
        decided_on=date(2026, 10, 1),
        score=ScoreFact(Decimal(547), Decimal(300), Decimal(850)),
        reasons=reasons,
        passages=(RULE,),
        quotes={},
    )


def _rules(draft: Draft, held: Dossier, where: str) -> Iterator[str]:
    return (found.rule for found in findings_of(draft, held) if found.where == where)


def rules_in(
    text: str,
    *reasons: ReasonToExplain,
    language: Language = "en",
    action: Action = "declined",
) -> set[str]:
    """The rules that a statement of the last of some reasons breaks."""
    held = dossier(*reasons, language=language, action=action)
    quote = Citation(RULE.citation, "must be specific and indicate the principal reason(s)")
    *before, last = (Statement(one.code, "", (quote,)) for one in reasons)
    said = Statement(last.code, text, last.citations)
    draft = Draft("", (*before, said))
    return set(_rules(draft, held, f"reasons[{len(before)}].statement"))


def rules_in_summary(
    text: str,
    *reasons: ReasonToExplain,
    language: Language = "en",
    action: Action = "declined",
) -> set[str]:
    """The rules that a summary of some reasons breaks."""
    held = dossier(*reasons, language=language, action=action)
    return set(_rules(Draft(text, ()), held, "summary"))
