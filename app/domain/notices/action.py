"""The statement of the action taken (12 CFR 1002.9(a)(2)), in words that are true of it."""

from app.domain.decisions import Decision
from app.domain.notices import texts
from app.domain.notices.elements import OFFERING, Form


def action_taken(decision: Decision, form: Form) -> str:
    """Say what was done; an offer stands "below" only where the form states its terms."""
    product = decision.product.replace("-", " ")
    words = {
        "counteroffer": texts.COUNTEROFFER if form in OFFERING else texts.COUNTEROFFER_MADE,
        "account_terminated": texts.TERMINATED,
        "terms_changed": texts.TERMS_CHANGED,
    }.get(decision.action)
    if words is None:
        words = texts.DECLINED_BY_SCORE if form == "C-3" else texts.DECLINED
        words = texts.BUSINESS_DECLINED if decision.purpose == "business" else words
    return words.format(product=product)
