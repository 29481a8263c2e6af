"""A reply has the form of the contract or is refused, naming the key."""

import json
from typing import Any

import pytest

from app.domain.explanation import Citation, Draft, Finding, Statement
from app.domain.models import ReasonCode
from app.domain.verification.reply import read_reply

REPLY: dict[str, Any] = {
    "summary": "s",
    "reasons": [
        {"code": "C1-01", "statement": "t", "citations": [{"citation": "c", "quote": "q"}]},
        {"code": "C1-02", "statement": "u", "citations": []},
    ],
}
DRAFT = Draft(
    "s",
    (
        Statement(ReasonCode("C1-01"), "t", (Citation("c", "q"),)),
        Statement(ReasonCode("C1-02"), "u", ()),
    ),
)


@pytest.mark.parametrize("form", ["{}", "```json\n{}\n```", "```\n{}```", " \n```json\n{}\n```\n"])
def test_a_whole_reply_is_read_with_or_without_a_fence(form: str) -> None:
    assert read_reply(form.replace("{}", json.dumps(REPLY))) == DRAFT


@pytest.mark.parametrize("raw", ["", "no", "[]", '"a"', "{", "[" * 100_000, "a ```json\n{}\n```"])
def test_what_is_no_object_is_refused_and_quoted_in_short(raw: str) -> None:
    assert read_reply(raw) == Finding("reply-not-json", raw[:80], "reply")


def at(*path: str | int, value: object) -> str:
    reply = json.loads(json.dumps(REPLY))
    inner = reply
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(reply)


@pytest.mark.parametrize(
    ("raw", "key", "where"),
    [
        (at("summary", value=1), "summary", "summary"),
        (at("summary", value=" "), "summary", "summary"),
        (at("reasons", value={}), "reasons", "reasons"),
        (at("reasons", 1, value="x"), "code", "reasons[1]"),
        (at("reasons", 1, "code", value=None), "code", "reasons[1].code"),
        (at("reasons", 1, "code", value=""), "code", "reasons[1].code"),
        (at("reasons", 0, "statement", value=2), "statement", "reasons[0].statement"),
        (at("reasons", 0, "statement", value=" "), "statement", "reasons[0].statement"),
        (at("reasons", 0, "citations", value="c"), "citations", "reasons[0].citations"),
        (at("reasons", 0, "citations", 0, value="c"), "citation", "reasons[0].citations[0]"),
        (
            at("reasons", 0, "citations", 0, "citation", value=1),
            "citation",
            "reasons[0].citations[0].citation",
        ),
        (
            at("reasons", 0, "citations", 0, "quote", value=""),
            "quote",
            "reasons[0].citations[0].quote",
        ),
    ],
)
def test_a_key_missing_or_of_another_kind_is_named(raw: str, key: str, where: str) -> None:
    assert read_reply(raw) == Finding("key-missing", key, where)
