"""Composes the notice that a decision makes necessary, for each person it is owed to.

Statute-fixed text and validated slots alone: its reasons are the catalogue's reviewed
statements, in rank order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.catalogue import Catalogue
from app.domain.creditors import AGENCIES, TO_CONFIRM, CreditorProfile
from app.domain.decisions import Decision, Offer
from app.domain.duties import Duty, FirstDuty, first_duty
from app.domain.errors import AgencyNotConfirmed, NothingToExplain, NoticeIncomplete
from app.domain.ids import NoticeId
from app.domain.notices import european, reports, texts
from app.domain.notices.action import action_taken
from app.domain.notices.elements import ECOA_FORMS, EITHER_OR, OFFERING, Element, Form
from app.domain.notices.notice import Notice, Reason, Section, Slot
from app.domain.notices.validate import missing_elements
from app.domain.parties import Applicant
from app.domain.wording import money, percent, spelled_date

TITLES = {
    "C-5": "Notice of action taken",
    "C-6": "Notice of incomplete application and request for additional information",
    "C-8": "Notice of action taken",
    "H-1": "Notice about the terms of your credit",
    "H-2": "Notice about the review of your account",
    "H-6": "Notice about the terms of your credit and your credit score",
    "H-7": "Notice about the review of your account and your credit score",
}
FIXED_FORMS: Mapping[Duty, Form] = {
    "incompleteness": "C-6",
    "counteroffer": "C-4",
    "account_action": "account",
    "risk_based_pricing": "H-1",
    "account_review": "H-2",
    "eu_explanation": "GDPR",
    "uk_explanation": "UK-GDPR",
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """One applicant, by the name under which their notice is kept."""

    key: str
    applicant: Applicant


def addressees(decision: Decision) -> tuple[Addressee, ...]:
    """List whom the notice goes to.

    Regulation B is content with the primary applicant (12 CFR 1002.9(f)). Whoever's consumer
    report was used is told of it, and a score is shown to nobody but the person it is about, so
    a joint applicant with a report has a notice of their own (cf. 12 CFR 1022.75(c)(1)). A
    guarantor is no applicant here (12 CFR 1002.2(e)).
    """
    primary = decision.primary_applicant
    joint = [a for a in decision.applicants if a is not primary and a.role != "guarantor"]
    numbered = [Addressee(f"joint-{n}", a) for n, a in enumerate(joint, start=1)]
    return (
        Addressee("primary", primary),
        *(each for each in numbered if each.applicant.reports_used),
    )


def compose_notices(
    decision: Decision,
    catalogue: Catalogue,
    creditor: CreditorProfile,
    *,
    notice_ids: Iterator[NoticeId],
    issued_at: datetime,
    owed: FirstDuty | None = None,
) -> tuple[Notice, ...]:
    """Compose the notices that a decision makes necessary, or those of `owed`.

    Raises NothingToExplain where none is owed, AgencyNotConfirmed while a person still has to
    look the agency's address up, and NoticeIncomplete naming every element that the law
    requires and that is missing: such a notice is never issued.
    """
    owed = owed or first_duty(decision)
    if owed is None:
        raise NothingToExplain(decision.id)
    form = form_of(decision, owed.duty)
    if form in ECOA_FORMS and not creditor.agency_is_confirmed:
        raise AgencyNotConfirmed(creditor.agency_type)
    reasons = _reasons(decision, catalogue)
    given = reasons if _gives_reasons(decision, form) else ()
    composed = []
    for addressee in addressees(decision):
        body = _sections(decision, creditor, form, reasons, addressee.applicant)
        if owed.duty == "risk_based_pricing" and not addressee.applicant.reports_used:
            continue  # terms were not set from a report about this person
        notice = Notice(
            id=next(notice_ids),
            decision_id=decision.id,
            duty=owed.duty,
            form=_form_with_score(form, addressee.applicant),
            addressee=addressee.key,
            due_at=owed.due_at,
            issued_at=issued_at,
            title=_title(decision, _form_with_score(form, addressee.applicant), given),
            addressee_name=addressee.applicant.name,
            addressee_address=addressee.applicant.address,
            creditor_name=creditor.name,
            creditor_address=creditor.address,
            creditor_phone=creditor.phone,
            agency_name=creditor.agency.name if form in ECOA_FORMS else "",
            agency_address=creditor.agency.address if form in ECOA_FORMS else "",
            delivery=addressee.applicant.delivery.effective_method,
            reasons=given,
            sections=tuple(body),
        )
        missing = missing_elements(notice, decision, addressee.applicant)
        if missing:
            raise NoticeIncomplete(missing)
        composed.append(notice)
    return tuple(composed)


def form_of(decision: Decision, duty: Duty) -> Form:
    """Choose the model form whose content a notice has (12 CFR 1002 App. C, 1022 App. H)."""
    if duty in FIXED_FORMS:
        return FIXED_FORMS[duty]
    on_request = decision.reasons_given == "on_request" or decision.status == "quarantined"
    if duty == "business_adverse_action":
        is_large = decision.business is not None and decision.business.is_large
        return "C-8" if on_request or is_large else "C-7"
    if duty != "statement_of_reasons" and on_request:
        return "C-5"
    return "C-7" if decision.purpose == "business" else _form_with_reasons(decision)


def _form_with_reasons(decision: Decision) -> Form:
    if decision.component == "judgmental":
        return "C-2"
    is_scored = decision.attributed is not None and not decision.attributed.rules
    return "C-3" if is_scored and decision.component == "scored" else "C-1"


def _form_with_score(form: Form, to: Applicant) -> Form:
    with_score: dict[Form, Form] = {"H-1": "H-6", "H-2": "H-7"}
    has_score = any(report.score is not None for report in to.reports_used)
    return with_score.get(form, form) if has_score else form


def _title(decision: Decision, form: Form, reasons: tuple[Reason, ...]) -> str:
    if form in {"GDPR", "UK-GDPR"}:
        return european.TITLES[decision.component]
    if form == "C-4":
        between = ", statement of reasons" if reasons else ""
        return f"Notice of action taken{between} and counteroffer"
    default = "Notice of action taken and statement of reasons" if reasons else TITLES["C-5"]
    return TITLES.get(form, default)


def _gives_reasons(decision: Decision, form: Form) -> bool:
    if form in EITHER_OR:
        return decision.reasons_given == "specific" and decision.status == "recorded"
    return form in {"C-1", "C-2", "C-3", "C-7", "GDPR", "UK-GDPR"}


def _reasons(decision: Decision, catalogue: Catalogue) -> tuple[Reason, ...]:
    """Mark whose reason each is (comment 9(g)-1); a creditor that names none shares them all."""
    is_one = len(decision.creditors) == 1
    return tuple(
        Reason(
            reason.code,
            catalogue[reason.code].statement,
            "; ".join(
                other.name
                for other in decision.creditors
                if is_one or not other.reasons or reason.code in other.reasons
            ),
        )
        for reason in decision.reasons
    )


def _sections(
    decision: Decision,
    creditor: CreditorProfile,
    form: Form,
    reasons: tuple[Reason, ...],
    to: Applicant,
) -> Iterator[Section]:
    if form == "C-6":
        yield from _incompleteness(decision)
    elif form in {"H-1", "H-2"}:
        yield from reports.pricing_sections(decision, form, to)
    elif form in {"GDPR", "UK-GDPR"}:
        yield from european.sections(decision, form, reasons, _contact(creditor))
    else:
        yield from _adverse_action(decision, creditor, form, reasons, to)


def _adverse_action(
    decision: Decision,
    creditor: CreditorProfile,
    form: Form,
    reasons: tuple[Reason, ...],
    to: Applicant,
) -> Iterator[Section]:
    yield Section(Element.ACTION_TAKEN, paragraphs=(action_taken(decision, form),))
    if form in OFFERING and decision.action == "counteroffer":
        heading = "What we can offer"
        yield Section(Element.COUNTEROFFER, heading, slots=_terms(decision.offered))
    if _gives_reasons(decision, form):
        yield _statement(reasons, is_scored=form == "C-3")
    else:
        yield _right_to_reasons(creditor)
    if decision.creditors:
        yield _creditors(decision, has_reasons=_gives_reasons(decision, form))
    yield from reports.report_sections(decision, to)
    yield Section(Element.ECOA_NOTICE, "Your rights", (_ecoa_notice(decision, creditor),))


def _statement(reasons: tuple[Reason, ...], *, is_scored: bool) -> Section:
    heading = texts.SCORED_REASONS_HEADING if is_scored else texts.REASONS_HEADING
    items = tuple(
        f"{reason.statement} ({reason.code})"
        + (f" \N{EM DASH} {reason.creditor}" if reason.creditor else "")
        for reason in reasons
    )
    return Section(Element.SPECIFIC_REASONS, heading, items=items, is_ordered=True)


def _right_to_reasons(creditor: CreditorProfile) -> Section:
    return Section(
        Element.RIGHT_TO_REASONS,
        "Your right to the reasons",
        (texts.RIGHT_TO_REASONS,),
        slots=_contact(creditor),
    )


def _contact(creditor: CreditorProfile) -> tuple[Slot, ...]:
    return (
        Slot("Contact", creditor.contact or creditor.name),
        Slot("Address", creditor.contact_address or creditor.address),
        Slot("Telephone", creditor.contact_phone or creditor.phone),
    )


def _creditors(decision: Decision, *, has_reasons: bool) -> Section:
    marked = texts.MARKED_REASONS if has_reasons else ""
    return Section(
        Element.CREDITORS,
        "On whose behalf this notice is given",
        (f"{texts.THIRD_PARTY} {marked}".strip(),),
        slots=tuple(Slot(other.name, other.address) for other in decision.creditors),
    )


def _ecoa_notice(decision: Decision, creditor: CreditorProfile) -> str:
    """For several creditors any one's agency suffices (comment 9(g)-2): ours leads, once.

    Another's is named beside it unless its address is one that a person has to look up.
    """
    known = [o.agency_type for o in decision.creditors if o.agency_type not in TO_CONFIRM]
    named = [creditor.agency, *(AGENCIES[agency_type] for agency_type in known)]
    agencies = dict.fromkeys(f"{agency.name}, {agency.address}" for agency in named)
    return texts.ECOA_NOTICE.format(agency="; and ".join(agencies))


def _terms(offered: Offer | None) -> tuple[Slot, ...]:
    if offered is None:
        return ()
    slots = [Slot("Amount", "" if offered.amount is None else money(offered.amount))]
    if offered.term_months is not None:
        slots.append(Slot("Term", f"{offered.term_months} months"))
    if offered.apr_bps is not None:
        slots.append(Slot("Annual percentage rate", percent(offered.apr_bps)))
    if offered.monthly_payment is not None:
        slots.append(Slot("Monthly payment", money(offered.monthly_payment)))
    return tuple(slots)


def _incompleteness(decision: Decision) -> Iterator[Section]:
    product = decision.product.replace("-", " ")
    missing = decision.missing
    yield Section(
        Element.INFORMATION_NEEDED,
        "",
        (texts.INCOMPLETE.format(product=product),),
        () if missing is None else missing.items,
        (Slot("Information needed", ""),) if missing is None else (),
    )
    until = "" if missing is None else spelled_date(missing.respond_by)
    yield Section(Element.RESPOND_BY, slots=(Slot("Please send it to us by", until),))
    yield Section(Element.NO_CONSIDERATION, paragraphs=(texts.NO_CONSIDERATION,))
