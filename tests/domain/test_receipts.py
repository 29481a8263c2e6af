import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from app.domain.explanation import Citation, Draft, Evidence, Explanation, Statement
from app.domain.ids import DecisionId, ExplanationId, NoticeId
from app.domain.models import ModelVersion, ReasonCode
from app.domain.receipts import IssuedNotice, facts_content, receipt_content
from app.domain.sentences import Sentence, sentences_of
from tests.domain.kinds_of_notice import ANN, ATTRIBUTED, decision

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DRAFT = Draft(
    "Your application was declined. Two reasons follow.",
    (
        Statement(
            ReasonCode("C1-09"),
            "Your debts were 47.5% of income, which was too high.",
            (Citation("12 CFR 1002.9(b)(2)", "must be specific. And true."),),
        ),
        Statement(ReasonCode("C1-08"), "Is it so?  It is!", ()),
    ),
)
EXPLANATION = Explanation(
    ExplanationId(UUID(int=7)),
    DecisionId(UUID(int=1)),
    "customer",
    "en",
    DRAFT,
    (Evidence("reasons[0].citations[0]", "passage", "12 CFR 1002.9(b)(2)", "ab" * 32, 10, 38),),
    "model",
    "some-model",
    "explain-reason-en-v1",
    "cd" * 32,
    1,
    10,
    5,
    0.5,
)
NOTICE = IssuedNotice(NoticeId(UUID(int=9)), "adverse_action", "primary", "ef" * 32)


def test_every_sentence_and_quote_has_its_place() -> None:
    assert sentences_of(DRAFT) == (
        Sentence("summary", 1, "Your application was declined."),
        Sentence("summary", 2, "Two reasons follow."),
        Sentence("reasons[0].statement", 1, "Your debts were 47.5% of income, which was too high."),
        Sentence("reasons[0].citations[0]", 1, "must be specific. And true."),
        Sentence("reasons[1].statement", 1, "Is it so?"),
        Sentence("reasons[1].statement", 2, "It is!"),
    )


def test_a_receipt_says_nothing_of_the_applicant_in_clear() -> None:
    made = decision(model=ModelVersion("personal-loan", "1.0.0", "aa" * 32))
    content = receipt_content(made, EXPLANATION, (NOTICE,), facts_sha256="00" * 32, issued_at=AT)
    text = json.dumps(content)
    for private in (ANN.name, "Springfield", ANN.reference, "47.5", "0.6", made.external_id):
        assert private not in text
    assert content["reason_codes"] == ["C1-09", "X-RV-01", "C1-17"]
    assert content["model"] == {"name": "personal-loan", "version": "1.0.0", "sha256": "aa" * 32}
    assert content["notices"] == [
        {
            "id": str(NOTICE.id),
            "duty": "adverse_action",
            "addressee": "primary",
            "content_sha256": "ef" * 32,
        }
    ]


def test_a_decision_without_explanation_has_the_same_members() -> None:
    made = decision(model=None)
    with_one = receipt_content(made, EXPLANATION, (), facts_sha256=None, issued_at=AT)
    without = receipt_content(made, None, (), facts_sha256=None, issued_at=AT)
    assert with_one.keys() == without.keys()


def test_instants_are_written_in_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    content = receipt_content(decision(), None, (), facts_sha256=None, issued_at=elsewhere)
    assert content["issued_at"] == "2026-11-20T12:00:00+00:00"


def test_facts_keep_every_digit() -> None:
    (item,) = ATTRIBUTED.items
    longer = replace(item, value=Decimal("0.600"), contribution=Decimal("-10.000000000000000001"))
    held = facts_content(replace(ATTRIBUTED, items=(longer, replace(item, value=None))))
    assert held["items"] == [
        {"feature": "dti", "value": "0.600", "contribution": "-10.000000000000000001"},
        {"feature": "dti", "value": None, "contribution": "-10"},
    ]
