"""Notices as people read them: a letter in HTML and in plain text, from what was stored."""

import textwrap

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.domain.notices import Notice, ReportBlock

WIDTH = 78
BPS_PER_PERCENT = 100


class NoticeRenderer:
    """Renders a stored notice; nothing is made up here."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("app.adapters"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def render_html(self, notice: Notice) -> str:
        """Return a page that stands alone, prints well and loads nothing."""
        template = self._environment.get_template("notice.html.j2")
        return template.render(notice=notice, terms=_terms(notice))

    def render_text(self, notice: Notice) -> str:
        """Return the letter as plain text of 78 columns."""
        issued = notice.issued_at
        parts = [
            notice.creditor_name,
            notice.creditor_address,
            notice.creditor_phone,
            "",
            f"{issued:%B} {issued.day}, {issued.year}",
            "",
            notice.addressee_name,
            notice.addressee_address,
            "",
            "NOTICE OF ACTION TAKEN AND STATEMENT OF REASONS",
            "",
            notice.action_taken,
            "",
        ]
        if notice.counteroffer is not None:
            parts += ["What we can offer:"]
            parts += [f"  {label}: {value}" for label, value in _terms(notice)] + [""]
        parts += ["Principal reasons for our decision:"]
        parts += [
            f"  {rank}. {reason.statement} ({reason.code})"
            for rank, reason in enumerate(notice.reasons, start=1)
        ]
        for report in notice.reports:
            parts += ["", report.role, "", report.agency, report.address, report.phone]
            if report.score is not None:
                parts += [
                    "",
                    f"Your credit score: {report.score}",
                    f"Date: {report.score_date}; provided by {report.score_provider}",
                    _range(report),
                    "Key factors that adversely affected your credit score:",
                    *(f"  - {factor}" for factor in report.key_factors),
                ]
        parts += ["", notice.ecoa_notice]
        return "\n".join(_wrapped(part) for part in parts) + "\n"


def _range(report: ReportBlock) -> str:
    return f"Scores range from a low of {report.score_min} to a high of {report.score_max}"


def _wrapped(part: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="     " if line.startswith("  ") else "")
        for line in part.split("\n")
    )


def _terms(notice: Notice) -> list[tuple[str, str]]:
    terms = notice.counteroffer
    if terms is None:
        return []
    listed: list[tuple[str, str]] = []
    if terms.amount is not None:
        listed.append(("Amount", f"${terms.amount:,.2f}"))
    if terms.term_months is not None:
        listed.append(("Term", f"{terms.term_months} months"))
    if terms.apr_bps is not None:
        listed.append(("Annual percentage rate", f"{terms.apr_bps / BPS_PER_PERCENT:.2f}%"))
    if terms.monthly_payment is not None:
        listed.append(("Monthly payment", f"${terms.monthly_payment:,.2f}"))
    return listed
