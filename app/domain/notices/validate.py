"""Whether a notice holds every element that the law requires of its form."""

from collections.abc import Sequence

from app.domain.decisions import Decision
from app.domain.notices.elements import (
    ECOA_FORMS,
    EITHER_OR,
    OFFERING,
    REPORT_ELEMENTS,
    REQUIRED,
    Element,
)
from app.domain.notices.notice import Notice, Section
from app.domain.parties import Applicant, ConsumerReport

MAX_KEY_FACTORS = 4  # 15 USC 1681g(f)(1)(C)
INQUIRIES = "inquir"  # (f)(9): added "without regard to the numerical limitation"


def required_elements(notice: Notice, decision: Decision, to: Applicant) -> tuple[Element, ...]:
    """List the elements that this notice must hold, given what the decision rests on."""
    required = list(REQUIRED[notice.form])
    if notice.form in ECOA_FORMS and decision.used_a_report:
        required += REPORT_ELEMENTS
        if any(report.score is not None for report in to.reports_used):
            required.append(Element.CREDIT_SCORE)
    if notice.form in ECOA_FORMS and decision.creditors:
        required.append(Element.CREDITORS)
    if notice.form in OFFERING and decision.action == "counteroffer":
        required.append(Element.COUNTEROFFER)
    for source in decision.outside_sources if notice.form in ECOA_FORMS else ():
        is_affiliate = source.kind == "affiliate"
        required.append(Element.AFFILIATE_SOURCE if is_affiliate else Element.OUTSIDE_SOURCE)
    return tuple(dict.fromkeys(required))


def missing_elements(notice: Notice, decision: Decision, to: Applicant) -> tuple[str, ...]:
    """Name each required element that the notice lacks, or holds in part.

    `to` is the applicant it is addressed to: their scores are shown to nobody else.
    """
    lacking: list[str] = []
    heads = {
        Element.CREDITOR: (notice.creditor_name, notice.creditor_address),
        Element.ADDRESSEE: (notice.addressee_name, notice.addressee_address),
        Element.AGENCY: (notice.agency_name, notice.agency_address),
    }
    for element in required_elements(notice, decision, to):
        if element in heads:
            lacking += [element.value] * (not all(part.strip() for part in heads[element]))
            continue
        held = notice.all_of(element)
        if not held:
            lacking.append(element.value)
        lacking += [f"{element.value}: {blank}" for part in held for blank in part.blanks]
        if element is Element.CREDIT_SCORE:
            lacking += _half_scores(held)
    lacking += [*_agency(notice), *_unmarked(notice, decision)]
    if notice.form in EITHER_OR:
        given = [notice.all_of(e) for e in (Element.SPECIFIC_REASONS, Element.RIGHT_TO_REASONS)]
        if sum(1 for sections in given if sections) != 1:
            lacking.append("either specific reasons or the right to them")
    lacking += [
        f"{Element.CREDIT_SCORE.value}: 1 to 4 key factors, a fifth only on inquiries"
        for report in to.reports_used
        if report.score is not None
        and not _has_key_factors(report)
        and notice.all_of(Element.CREDIT_SCORE)
    ]
    return tuple(lacking)


def _half_scores(held: Sequence[Section]) -> list[str]:
    """A score without its key factors, or factors without their score."""
    scores = sum(1 for section in held if section.slots)
    factors = sum(1 for section in held if section.items)
    return [] if scores == factors else [f"{Element.CREDIT_SCORE.value}: one of them alone"]


def _agency(notice: Notice) -> list[str]:
    """The agency must stand in the ECOA notice itself (1002.9(b)(1))."""
    if notice.form not in ECOA_FORMS:
        return []
    text = notice.text_of(Element.ECOA_NOTICE)
    stands = notice.agency_name in text and notice.agency_address in text
    return [] if stands else [f"{Element.AGENCY.value} in the ECOA notice"]


def _unmarked(notice: Notice, decision: Decision) -> list[str]:
    """A notice for several creditors says which reasons relate to which (comment 9(g)-1)."""
    if not decision.creditors or notice.form not in ECOA_FORMS:
        return []
    unmarked = [reason.code for reason in notice.reasons if not reason.creditor]
    return [f"{Element.CREDITORS.value}: whose reason {code} is" for code in unmarked]


def _has_key_factors(report: ConsumerReport) -> bool:
    others = [factor for factor in report.key_factors if INQUIRIES not in factor.lower()]
    return 0 < len(report.key_factors) <= MAX_KEY_FACTORS + 1 and len(others) <= MAX_KEY_FACTORS
