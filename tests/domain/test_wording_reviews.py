"""A second person approves a wording, and it is chosen until what it rests on changes."""

from dataclasses import replace

import pytest

from app.domain.explanation import ReasonToExplain
from app.domain.models import ReasonCode
from app.domain.wording_errors import ReviewerNotIndependent, WordingNotInReview
from app.domain.wordings import (
    Approval,
    ApprovedWording,
    PromptVersion,
    Refusal,
    RejectedWording,
    WordingInReview,
    choose_wordings,
    review,
    why_stale,
)
from tests.domain.test_wordings import LEVERAGE, NOW, RULE, wording

IN_REVIEW = WordingInReview(wording("Your total debt was too high.", LEVERAGE), "carla", NOW)


def test_a_second_person_approves_or_rejects() -> None:
    assert review(IN_REVIEW, Approval(), by="rita", at=NOW) == ApprovedWording(
        IN_REVIEW.wording, "rita", NOW
    )
    turned_down = review(IN_REVIEW, Refusal("unclear"), by="rita", at=NOW)
    assert turned_down == RejectedWording(IN_REVIEW.wording, "rita", NOW, "unclear")


@pytest.mark.parametrize("by", ["carla", "model:qwen", "sam"])
def test_whoever_drafted_asked_or_submitted_does_not_review(by: str) -> None:
    held = replace(IN_REVIEW, submitted_by="sam")
    with pytest.raises(ReviewerNotIndependent):
        review(held, Approval(), by=by, at=NOW)


def test_what_was_decided_is_not_reviewed_again() -> None:
    approved = ApprovedWording(IN_REVIEW.wording, "rita", NOW)
    with pytest.raises(WordingNotInReview, match="approved"):
        review(approved, Refusal("late"), by="rob", at=NOW)


def test_a_change_of_policy_statement_or_prompt_makes_a_wording_stale() -> None:
    held = IN_REVIEW.wording
    statement, prompt = held.statement, held.prompt
    assert why_stale(held, statement=statement, passages=(RULE,), prompt=prompt) is None
    amended = replace(RULE, version_sha256="beef")
    assert "amended" in (why_stale(held, statement=statement, passages=(amended,)) or "")
    assert "amended" in (why_stale(held, statement=statement, passages=()) or "")
    assert "statement" in (why_stale(held, statement="Other", passages=(RULE,)) or "")
    newer = PromptVersion("explain-reason-en-v2", "def")
    assert "prompt" in (why_stale(held, statement=statement, passages=(RULE,), prompt=newer) or "")
    by_hand = replace(held, prompt=PromptVersion("", ""))
    assert why_stale(by_hand, statement=statement, passages=(RULE,), prompt=newer) is None


def test_wordings_are_chosen_for_all_reasons_or_for_none() -> None:
    old = wording("Your total debt was high.", LEVERAGE)
    new = replace(old, text="Your total debt was {leverage_ratio:ratio} of your assets.")
    approved = [
        ApprovedWording(new, "rita", NOW.replace(day=21)),
        ApprovedWording(old, "rita", NOW),
    ]
    reason = ReasonToExplain(old.code, old.statement, (LEVERAGE,))
    chosen = choose_wordings(approved, [reason])
    assert chosen is not None
    assert chosen[old.code][1].text == "Your total debt was 220% of your assets."
    other = replace(reason, code=ReasonCode("X-2"))
    assert choose_wordings(approved, [reason, other]) is None
    assert choose_wordings(approved, [replace(reason, statement="Changed")]) is None
    assert choose_wordings(approved, [replace(reason, facts=())]) is None
