"""The elements the law requires of a notice, each with where it says so, and which need which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

Form = Literal[
    "C-1",
    "C-2",
    "C-3",
    "C-4",
    "C-5",
    "C-6",
    "C-7",
    "C-8",
    "account",
    "H-1",
    "H-2",
    "H-6",
    "H-7",
    "GDPR",
    "UK-GDPR",
]


class Element(StrEnum):
    """One thing a notice must hold."""

    ACTION_TAKEN = "statement of the action taken"
    CREDITOR = "name and address of the creditor"
    ADDRESSEE = "applicant and last known address"
    ECOA_NOTICE = "notice of section 701(a) of the Act"
    AGENCY = "name and address of the Federal agency"
    SPECIFIC_REASONS = "statement of specific reasons"
    RIGHT_TO_REASONS = "right to a statement of specific reasons"
    COUNTEROFFER = "terms of the counteroffer"
    INFORMATION_NEEDED = "information needed"
    RESPOND_BY = "reasonable period to provide it"
    NO_CONSIDERATION = "no further consideration without it"
    CREDITORS = "identity of each creditor"
    REPORT_AGENCY = "name, address and telephone number of the consumer reporting agency"
    AGENCY_DID_NOT_DECIDE = "the agency did not decide and cannot give the reasons"
    FREE_REPORT = "free copy of the report within 60 days"
    DISPUTE = "right to dispute the report"
    CREDIT_SCORE = "credit score, range, date, provider and key factors"
    OUTSIDE_SOURCE = "right to the nature of outside information"
    AFFILIATE_SOURCE = "information from an affiliate"
    REPORT_MEANING = "what a consumer report holds"
    TERMS_FROM_REPORT = "terms were set from a consumer report"
    LESS_FAVORABLE = "terms may be less favorable"
    ACCOUNT_REVIEW = "the account was reviewed using a consumer report"
    RATE_RAISED = "the rate was increased as a result"
    CHECK_ACCURACY = "encouragement to check the report, and the right to dispute"
    HOW_TO_OBTAIN = "how to obtain the free report"
    BUREAU_WEBSITE = "website of the Bureau"
    SCORE_MEANING = "what a credit score is"
    AUTOMATED_DECISION = "existence and role of the automated decision"
    LOGIC_INVOLVED = "main elements and the logic involved"
    CONSEQUENCES = "significance and envisaged consequences"
    HUMAN_REVIEW = "human intervention, point of view, contest"
    DATA_RIGHTS = "access to the data and complaint to the authority"


SOURCES: Mapping[Element, str] = {
    Element.ACTION_TAKEN: "12 CFR 1002.9(a)(2)",
    Element.CREDITOR: "12 CFR 1002.9(a)(2)",
    Element.ADDRESSEE: "12 CFR 1002.9(f); comment 9-3",
    Element.ECOA_NOTICE: "12 CFR 1002.9(b)(1)",
    Element.AGENCY: "12 CFR 1002.9(b)(1); App. A (2023)",
    Element.SPECIFIC_REASONS: "12 CFR 1002.9(a)(2)(i), (b)(2)",
    Element.RIGHT_TO_REASONS: "12 CFR 1002.9(a)(2)(ii), (a)(3)",
    Element.COUNTEROFFER: "12 CFR 1002.9(a)(1)(iv); comment 9(a)(1)-6",
    Element.INFORMATION_NEEDED: "12 CFR 1002.9(c)(2)",
    Element.RESPOND_BY: "12 CFR 1002.9(c)(2)",
    Element.NO_CONSIDERATION: "12 CFR 1002.9(c)(2)",
    Element.CREDITORS: "12 CFR 1002.9(g)",
    Element.REPORT_AGENCY: "15 USC 1681m(a)(3)(A); 12 CFR 1022.73(a)(1)(v)",
    Element.AGENCY_DID_NOT_DECIDE: "15 USC 1681m(a)(3)(B)",
    Element.FREE_REPORT: "15 USC 1681m(a)(4)(A); 12 CFR 1022.73(a)(1)(vi)",
    Element.DISPUTE: "15 USC 1681m(a)(4)(B)",
    Element.CREDIT_SCORE: "15 USC 1681m(a)(2); 12 CFR 1022.73(a)(1)(ix)",
    Element.OUTSIDE_SOURCE: "15 USC 1681m(b)(1)",
    Element.AFFILIATE_SOURCE: "15 USC 1681m(b)(2)",
    Element.REPORT_MEANING: "12 CFR 1022.73(a)(1)(i), (a)(2)(i)",
    Element.TERMS_FROM_REPORT: "12 CFR 1022.73(a)(1)(ii)",
    Element.LESS_FAVORABLE: "12 CFR 1022.73(a)(1)(iii)",
    Element.ACCOUNT_REVIEW: "12 CFR 1022.73(a)(2)(ii)",
    Element.RATE_RAISED: "12 CFR 1022.73(a)(2)(iii)",
    Element.CHECK_ACCURACY: "12 CFR 1022.73(a)(1)(iv), (a)(2)(iv)",
    Element.HOW_TO_OBTAIN: "12 CFR 1022.73(a)(1)(vii), (a)(2)(vii)",
    Element.BUREAU_WEBSITE: "12 CFR 1022.73(a)(1)(viii), (a)(2)(viii)",
    Element.SCORE_MEANING: "12 CFR 1022.73(a)(1)(ix)(A)",
    Element.AUTOMATED_DECISION: "GDPR Art. 15(1)(h), 22; AI Act Art. 86(1); UK GDPR Art. 22C(2)",
    Element.LOGIC_INVOLVED: "GDPR Art. 15(1)(h); C-203/22 paras 57-62; AI Act Art. 86(1)",
    Element.CONSEQUENCES: "GDPR Art. 15(1)(h)",
    Element.HUMAN_REVIEW: "GDPR Art. 22(3); UK GDPR Art. 22C(2)",
    Element.DATA_RIGHTS: "GDPR Art. 15, 77; UK GDPR Art. 15, 77",
}

_EVERY_ECOA = (
    Element.ACTION_TAKEN,
    Element.CREDITOR,
    Element.ADDRESSEE,
    Element.ECOA_NOTICE,
    Element.AGENCY,
)
_WITH_REASONS = (*_EVERY_ECOA, Element.SPECIFIC_REASONS)
_EVERY_PRICING = (
    Element.CREDITOR,
    Element.ADDRESSEE,
    Element.REPORT_MEANING,
    Element.CHECK_ACCURACY,
    Element.REPORT_AGENCY,
    Element.FREE_REPORT,
    Element.HOW_TO_OBTAIN,
    Element.BUREAU_WEBSITE,
)
_GENERAL_PRICING = (*_EVERY_PRICING, Element.TERMS_FROM_REPORT, Element.LESS_FAVORABLE)
_REVIEW_PRICING = (*_EVERY_PRICING, Element.ACCOUNT_REVIEW, Element.RATE_RAISED)
_SCORE = (Element.SCORE_MEANING, Element.CREDIT_SCORE)
_EUROPEAN = (
    Element.ACTION_TAKEN,
    Element.CREDITOR,
    Element.ADDRESSEE,
    Element.AUTOMATED_DECISION,
    Element.LOGIC_INVOLVED,
    Element.CONSEQUENCES,
    Element.HUMAN_REVIEW,
    Element.DATA_RIGHTS,
)

REQUIRED: Mapping[Form, tuple[Element, ...]] = {
    "C-1": _WITH_REASONS,
    "C-2": _WITH_REASONS,
    "C-3": _WITH_REASONS,
    "C-4": (*_EVERY_ECOA, Element.COUNTEROFFER),
    "C-5": (*_EVERY_ECOA, Element.RIGHT_TO_REASONS),
    "C-6": (
        Element.CREDITOR,
        Element.ADDRESSEE,
        Element.INFORMATION_NEEDED,
        Element.RESPOND_BY,
        Element.NO_CONSIDERATION,
    ),
    "C-7": _WITH_REASONS,
    "C-8": (*_EVERY_ECOA, Element.RIGHT_TO_REASONS),
    "account": _EVERY_ECOA,
    "H-1": _GENERAL_PRICING,
    "H-2": _REVIEW_PRICING,
    "H-6": (*_GENERAL_PRICING, *_SCORE),
    "H-7": (*_REVIEW_PRICING, *_SCORE),
    "GDPR": _EUROPEAN,
    "UK-GDPR": _EUROPEAN,
}

# 15 USC 1681m(a): owed beside the ECOA elements wherever a consumer report was used.
REPORT_ELEMENTS = (
    Element.REPORT_AGENCY,
    Element.AGENCY_DID_NOT_DECIDE,
    Element.FREE_REPORT,
    Element.DISPUTE,
)
ECOA_FORMS: frozenset[Form] = frozenset(
    {"C-1", "C-2", "C-3", "C-4", "C-5", "C-7", "C-8", "account"}
)
EITHER_OR: frozenset[Form] = frozenset({"C-4", "account"})  # reasons, or the right to them
OFFERING: frozenset[Form] = frozenset({"C-4", "C-8"})  # a counteroffer's terms stand on these
