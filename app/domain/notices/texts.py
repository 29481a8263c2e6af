"""The fixed words of notices, one constant per element; where they come from stands beside each.

Statute-fixed text follows Regulation B's and Regulation V's own words. Nothing here is ever
written by a model, and slots are filled from validated values alone.
"""

# 12 CFR 1002.9(b)(1), without its sentence on the time before 2013.
ECOA_NOTICE = (
    "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against "
    "credit applicants on the basis of race, color, religion, national origin, sex, marital "
    "status, age (provided the applicant has the capacity to enter into a binding contract); "
    "because all or part of the applicant's income derives from any public assistance program; "
    "or because the applicant has in good faith exercised any right under the Consumer Credit "
    "Protection Act. The Federal agency that administers compliance with this law concerning "
    "this creditor is {agency}."
)

DECLINED = "We are unable to approve your application for credit ({product})."
# Form C-3; that the score fell short explains the method and is never itself a reason.
DECLINED_BY_SCORE = (
    "We are unable to approve your application for credit ({product}). It was processed by a "
    "credit scoring system that gives points to the items of information considered in "
    "evaluating an application, and the reasons below are those that weighed most."
)
COUNTEROFFER = (
    "We are unable to offer you credit on the terms that you asked for ({product}), but we can "
    "offer you credit on the terms below. If this offer is acceptable to you, please tell us "
    "at the address or telephone number above."
)
COUNTEROFFER_MADE = (
    "We are unable to offer you credit on the terms that you asked for ({product}), and have "
    "offered you other terms instead."
)
TERMINATED = "We have closed your account ({product})."
TERMS_CHANGED = "We have changed the terms of your account ({product}) to your disadvantage."
BUSINESS_DECLINED = "We are unable to approve the credit that your business asked for ({product})."

REASONS_HEADING = "Principal reasons for our decision"
SCORED_REASONS_HEADING = "The reasons that counted most against you, compared with other applicants"

# Form C-5; 1002.9(a)(2)(ii).
RIGHT_TO_REASONS = (
    "You have the right to a statement of the specific reasons why. To receive it, please "
    "contact the person or office named below within 60 days of the day on which we notified "
    "you of this decision. We will send you the statement in writing within 30 days of "
    "receiving your request."
)

# Form C-6; 1002.9(c)(2).
INCOMPLETE = "We need more information to decide on your application for credit ({product})."
NO_CONSIDERATION = (
    "If we do not receive it by that date, we will give no further consideration to your "
    "application."
)

THIRD_PARTY = (
    "This notice is given on behalf of the creditors below, to whom your application was submitted."
)
MARKED_REASONS = "Each reason above is marked with the creditor or creditors it belongs to."

# 15 USC 1681m(a), in the words of Form C-1 Part II.
REPORT_ROLE = (
    "Our decision was based in whole or in part on information obtained in a report from the "
    "consumer reporting agency listed below."
)
DID_NOT_DECIDE = (
    "The agency did not make the decision to take the adverse action and is unable to provide "
    "you the specific reasons why it was taken."
)
FREE_REPORT = (
    "You have a right under the Fair Credit Reporting Act to know the information contained in "
    "your credit file at the agency. You also have a right to a free copy of your report from "
    "the agency, if you request it no later than 60 days after you receive this notice."
)
DISPUTE = (
    "If you find that any information in the report is inaccurate or incomplete, you have the "
    "right to dispute the matter with the agency."
)
OTHERS_REPORT = (
    "Our decision was also based in whole or in part on a consumer report about another person "
    "who takes part in this credit, from the consumer reporting agency listed below."
)
SCORE = (
    "We also obtained your credit score from this agency and used it in making our decision. "
    "Your credit score is a number that reflects the information in your consumer report. It "
    "can change, depending on how that information changes."
)
KEY_FACTORS = "Key factors that adversely affected your credit score:"
# 15 USC 1681m(b)(1) and (b)(2).
OUTSIDE_SOURCE = (
    "Our decision was based in whole or in part on information obtained from an outside source "
    "other than a consumer reporting agency. Under the Fair Credit Reporting Act, you have the "
    "right to make a written request, no later than 60 days after you receive this notice, for "
    "disclosure of the nature of this information."
)
AFFILIATE_SOURCE = (
    "Our decision was based in whole or in part on information obtained from an affiliate of "
    "ours. If you ask for it in writing no later than 60 days after you receive this notice, "
    "we will disclose the nature of this information to you within 30 days of your request."
)

# 12 CFR 1022.73(a)(1) and (a)(2), whose wording the sample forms leave free.
REPORT_MEANING = (
    "A consumer report (credit report) is a record of your credit history. It includes "
    "information about whether you pay your obligations on time and how much you owe to "
    "creditors."
)
TERMS_FROM_REPORT = (
    "The terms offered to you, such as the annual percentage rate (APR), have been set based on "
    "information from a consumer report."
)
LESS_FAVORABLE = (
    "The terms offered to you may be less favorable than the terms offered to consumers with "
    "better credit histories."
)
ACCOUNT_REVIEW = "We have conducted a review of your account using information from a report."
RATE_RAISED = (
    "As a result of the review, the annual percentage rate on your account has been increased "
    "based on information from a consumer report."
)
CHECK_ACCURACY = (
    "You are encouraged to verify the accuracy of the information contained in your report. You "
    "have a right to dispute any inaccurate information in it."
)
FREE_REPORT_FOR_PRICING = (
    "Federal law gives you the right to obtain a copy of your report from the agency without "
    "charge for 60 days after you receive this notice."
)
HOW_TO_OBTAIN = "To obtain your free report, contact the agency below."
BUREAU_WEBSITE = (
    "For more information about consumer reports and your rights under Federal law, visit the "
    "website of the Consumer Financial Protection Bureau: www.consumerfinance.gov/learnmore"
)
SCORE_MEANING = (
    "A credit score is a number that takes into account information in a consumer report and "
    "changes over time as that information changes. We used your credit score to set the terms "
    "of credit that we are offering you."
)
SCORE_MEANING_REVIEW = (
    "A credit score is a number that takes into account information in a consumer report and "
    "changes over time as that information changes. We used your credit score to set the terms "
    "of credit on your account."
)

# GDPR Art. 15(1)(h), 22(3) and AI Act Art. 86(1); UK GDPR Art. 22C(2).
AUTOMATED_DECISION = "This decision rests on an automated system."
BOTH_DECIDED = (
    "This decision was made by a person who reviewed the data about you, together with an "
    "automated system."
)
JUDGED_DECISION = "This decision was made by a person, who reviewed the data about you."
SCORED_DECISION = (
    "The system calculates a score from the data about you and your application, and compares "
    "that score with the minimum that the creditor has set for this product."
)
RULED_DECISION = (
    "Beside the score the creditor has set fixed rules for this product; where one of them is "
    "met, it decides by itself."
)
LOGIC_INVOLVED = "These were the main elements of the decision, the weightiest first."
LOGIC_COMPARED = (
    "The system compares what each element added to your score with what it added, on average, "
    "to that of other applicants; where you fell short of them the most, it counted the most."
)
LOGIC_OTHERWISE = (
    "Had these data been different enough, the result of the decision would have been different "
    "too."
)
CONSEQUENCES = (
    "The consequence of this decision is that the credit is not granted on the terms that you "
    "asked for. It does not prevent you from applying again."
)
CONSEQUENCES_CLOSED = (
    "The consequence of this decision is that you can no longer use the account. It does not "
    "prevent you from applying again."
)
CONSEQUENCES_CHANGED = (
    "The consequence of this decision is that the changed terms apply to your account."
)
HUMAN_REVIEW_EU = (
    "You have the right to have a person at the creditor look at this decision again, to "
    "express your point of view, and to contest the decision. Write to or call the contact below."
)
HUMAN_REVIEW_UK = (
    "You may make representations about this decision, ask for a person at the creditor to "
    "intervene, and contest the decision. Write to or call the contact below."
)
DATA_RIGHTS_EU = (
    "You may ask for a copy of the personal data that were used, have wrong data corrected, and "
    "complain to the data protection authority of your country."
)
DATA_RIGHTS_UK = (
    "You may ask for a copy of the personal data that were used, have wrong data corrected, and "
    "complain to the Information Commissioner's Office."
)
