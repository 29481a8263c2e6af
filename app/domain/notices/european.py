"""Explanations under the GDPR (Art. 15(1)(h), 22), the AI Act (Art. 86) and the UK GDPR."""

from collections.abc import Iterator, Mapping

from app.domain.decisions import Action, Component, Decision
from app.domain.notices import texts
from app.domain.notices.action import action_taken
from app.domain.notices.elements import Element, Form
from app.domain.notices.notice import Reason, Section, Slot

TITLES: Mapping[Component, str] = {
    "scored": "Explanation of an automated decision",
    "judgmental": "Explanation of a decision",
    "both": "Explanation of a partly automated decision",
}
CONSEQUENCES: Mapping[Action, str] = {
    "account_terminated": texts.CONSEQUENCES_CLOSED,
    "terms_changed": texts.CONSEQUENCES_CHANGED,
}


def sections(
    decision: Decision, form: Form, reasons: tuple[Reason, ...], contact: tuple[Slot, ...]
) -> Iterator[Section]:
    """What was decided and how, what counted, what follows, and what the person may ask for."""
    is_eu = form == "GDPR"
    yield Section(Element.ACTION_TAKEN, paragraphs=(action_taken(decision, form),))
    role = _role(decision)
    yield Section(Element.AUTOMATED_DECISION, "How this decision was made", role)
    items = tuple(f"{reason.statement} ({reason.code})" for reason in reasons)
    lacking = () if items else (Slot("Main elements", ""),)
    yield Section(
        Element.LOGIC_INVOLVED, "What counted", _logic(decision), items, lacking, is_ordered=True
    )
    consequences = CONSEQUENCES.get(decision.action, texts.CONSEQUENCES)
    yield Section(Element.CONSEQUENCES, "What it means", (consequences,))
    review = texts.HUMAN_REVIEW_EU if is_eu else texts.HUMAN_REVIEW_UK
    yield Section(Element.HUMAN_REVIEW, "Your rights", (review,), slots=contact)
    rights = texts.DATA_RIGHTS_EU if is_eu else texts.DATA_RIGHTS_UK
    yield Section(Element.DATA_RIGHTS, paragraphs=(rights,))


def _is_scored(decision: Decision) -> bool:
    return decision.attributed is not None and decision.component != "judgmental"


def _is_ruled(decision: Decision) -> bool:
    """Whether a rule of the system brought a reason: it has no deficit and nobody judged."""
    if decision.attributed is not None:
        return bool(decision.attributed.rules)
    return decision.component == "scored"


def _role(decision: Decision) -> tuple[str, ...]:
    """What was automated, and whether a person took part (SCHUFA: who draws on whom)."""
    if decision.component == "judgmental":
        return (texts.JUDGED_DECISION,)
    said = [texts.AUTOMATED_DECISION if decision.component == "scored" else texts.BOTH_DECIDED]
    if _is_scored(decision):
        said.append(texts.SCORED_DECISION)
    if _is_ruled(decision):
        said.append(texts.RULED_DECISION)
    return (" ".join(said),)


def _logic(decision: Decision) -> tuple[str, ...]:
    said = [texts.LOGIC_INVOLVED]
    if any(reason.deficit is not None for reason in decision.reasons):
        said.append(texts.LOGIC_COMPARED)
    return (" ".join([*said, texts.LOGIC_OTHERWISE]),)
