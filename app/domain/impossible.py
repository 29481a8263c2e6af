"""What cannot be, however well it is written: instants, scores and parties that contradict."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.domain.decisions import Score
from app.domain.errors import FieldProblem
from app.domain.parties import Applicant, ConsumerReport

EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")
CLOCK_SKEW = timedelta(minutes=5)
ONE_DAY = timedelta(days=1)


def impossible_dates(
    received_at: datetime, completed_at: datetime, decided_at: datetime | None, now: datetime
) -> list[FieldProblem]:
    """Name every instant that cannot be: in the future, long past, or out of order."""
    problems = []
    named = {"/received_at": received_at, "/completed_at": completed_at}
    if decided_at is not None:
        named["/decided_at"] = decided_at
    for pointer, instant in named.items():
        if instant > now + CLOCK_SKEW:
            problems.append(FieldProblem(pointer, "lies in the future"))
        if instant < EARLIEST:
            problems.append(FieldProblem(pointer, "lies before 1990"))
        if instant < received_at:
            problems.append(FieldProblem(pointer, "lies before received_at"))
    if decided_at is not None and completed_at > decided_at + CLOCK_SKEW:
        # It would put the notice off: 12 CFR 1002.9(a)(1)(i) runs from the completed application.
        problems.append(FieldProblem("/completed_at", "lies after decided_at"))
    return problems


def impossible_score(score: Score | None) -> list[FieldProblem]:
    """Name a score that its own scale does not hold."""
    if score is None or score.min <= score.value <= score.max:
        return []
    detail = f"lies outside its range {score.min} to {score.max}"
    return [FieldProblem("/score/value", detail)]


def impossible_parties(
    applicants: Sequence[Applicant], decided_at: datetime | None, now: datetime
) -> Iterator[FieldProblem]:
    """Name what cannot be said of those who take part, or of their consumer reports."""
    if all(applicant.role == "guarantor" for applicant in applicants):
        yield FieldProblem("/applicants", "names guarantors alone, and nobody who applied")
    for n, applicant in enumerate(applicants):
        consent = applicant.delivery.esign_consent_at
        if consent is not None and consent > now + CLOCK_SKEW:
            pointer = f"/applicants/{n}/delivery/esign_consent_at"
            yield FieldProblem(pointer, "lies in the future")
        for m, report in enumerate(applicant.consumer_reports):
            pointer = f"/applicants/{n}/consumer_reports/{m}"
            yield from _impossible_report(report, pointer, decided_at or now)


def _impossible_report(
    report: ConsumerReport, pointer: str, at: datetime
) -> Iterator[FieldProblem]:
    low, high, score = report.score_min, report.score_max, report.score
    is_under = score is not None and low is not None and score < low
    is_over = score is not None and high is not None and score > high
    if is_under or is_over:
        yield FieldProblem(f"{pointer}/score", f"lies outside its range {low} to {high}")
    if report.score_date is not None and report.score_date > (at + ONE_DAY).date():
        # A day's grace: where they are it may be tomorrow already.
        yield FieldProblem(f"{pointer}/score_date", "lies after the decision")
