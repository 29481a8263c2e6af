"""What a notice says of consumer reports: FCRA 615(a) and (b), and risk-based pricing."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.decisions import Decision
from app.domain.notices import texts
from app.domain.notices.elements import Element, Form
from app.domain.notices.notice import Section, Slot
from app.domain.parties import Applicant, ConsumerReport
from app.domain.wording import spelled_date

OUTSIDE = {
    "third_party": (Element.OUTSIDE_SOURCE, texts.OUTSIDE_SOURCE),
    "affiliate": (Element.AFFILIATE_SOURCE, texts.AFFILIATE_SOURCE),
}


def report_sections(decision: Decision, to: Applicant) -> Iterator[Section]:
    """The blocks of 15 USC 1681m(a) and (b), as owed to one applicant.

    Reports about others are disclosed by their agency alone: their scores are not this
    person's to read.
    """
    own = to.reports_used
    others = [
        report
        for applicant in decision.applicants
        if applicant is not to
        for report in applicant.reports_used
        if report.agency not in {held.agency for held in own}
    ]
    heading = "The consumer report that was used"
    for about, role in ((own, texts.REPORT_ROLE), (others, texts.OTHERS_REPORT)):
        for report in about:
            yield Section(Element.REPORT_AGENCY, heading, (role,), slots=_agency(report))
            heading = ""
    if own or others:
        yield Section(Element.AGENCY_DID_NOT_DECIDE, paragraphs=(texts.DID_NOT_DECIDE,))
        yield Section(Element.FREE_REPORT, paragraphs=(texts.FREE_REPORT,))
        yield Section(Element.DISPUTE, paragraphs=(texts.DISPUTE,))
    for report in own:
        if report.score is not None:
            yield from _score(report, (texts.SCORE,), decision.score_provider)
    for source in decision.outside_sources:
        element, words = OUTSIDE[source.kind]
        yield Section(element, "Information from others", (words,))


def pricing_sections(decision: Decision, form: Form, to: Applicant) -> Iterator[Section]:
    """The contents of 12 CFR 1022.73(a)(1), or (a)(2) for an account review."""
    yield Section(Element.REPORT_MEANING, "Your consumer report", (texts.REPORT_MEANING,))
    if form == "H-2":
        yield Section(Element.ACCOUNT_REVIEW, paragraphs=(texts.ACCOUNT_REVIEW,))
        yield Section(Element.RATE_RAISED, paragraphs=(texts.RATE_RAISED,))
    else:
        yield Section(Element.TERMS_FROM_REPORT, paragraphs=(texts.TERMS_FROM_REPORT,))
        yield Section(Element.LESS_FAVORABLE, paragraphs=(texts.LESS_FAVORABLE,))
    yield Section(Element.CHECK_ACCURACY, "Check your report", (texts.CHECK_ACCURACY,))
    yield Section(Element.FREE_REPORT, paragraphs=(texts.FREE_REPORT_FOR_PRICING,))
    yield Section(Element.HOW_TO_OBTAIN, paragraphs=(texts.HOW_TO_OBTAIN,))
    for report in to.reports_used:
        yield Section(Element.REPORT_AGENCY, slots=_agency(report))
    scored = [report for report in to.reports_used if report.score is not None]
    if scored:
        meaning = texts.SCORE_MEANING_REVIEW if form == "H-2" else texts.SCORE_MEANING
        yield Section(Element.SCORE_MEANING, "Your credit score", (meaning,))
        # One score used, or any one of several that were averaged (1022.73(d)).
        yield from _score(scored[0], (), decision.score_provider)
    yield Section(Element.BUREAU_WEBSITE, "More information", (texts.BUREAU_WEBSITE,))


def _agency(report: ConsumerReport) -> tuple[Slot, ...]:
    return (
        Slot("Agency", report.agency),
        Slot("Address", report.address),
        Slot("Telephone", report.phone),
    )


def _score(
    report: ConsumerReport, introduction: tuple[str, ...], provider: str
) -> Iterator[Section]:
    """The score, its range, date and provider, and the factors that are the score's own."""
    has_range = report.score_min is not None and report.score_max is not None
    span = f"from a low of {_plain(report.score_min)} to a high of {_plain(report.score_max)}"
    yield Section(
        Element.CREDIT_SCORE,
        "Your credit score" if introduction else "",
        introduction,
        slots=(
            Slot("Your credit score", _plain(report.score)),
            Slot("Scores range", span if has_range else ""),
            Slot("Date", "" if report.score_date is None else spelled_date(report.score_date)),
            Slot("Provided by", report.score_provider or provider),
        ),
    )
    yield Section(Element.CREDIT_SCORE, paragraphs=(texts.KEY_FACTORS,), items=report.key_factors)


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
