"""Every parser of what comes from outside: a value that keeps its meaning, or our own refusal."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.adapters.ed25519_signer import Ed25519Signer, ReceiptBroken, check_receipt
from app.adapters.model_http import ModelCalls
from app.adapters.model_mlflow import MlflowModels
from app.adapters.model_native import NativeModels
from app.adapters.model_oip import OipModels
from app.adapters.receipt_keys import KeyFolder, KeysUnreadable, read_jwks, to_jwks
from app.api.deps import identity_of
from app.api.events import PLAIN, InformationReceivedIn, NoticeHandedOverIn, PlainEventIn
from app.api.models import RegistrationBody
from app.api.schemas import ApplicationIn, DecisionIn
from app.api.wordings import WordingIn
from app.domain.decisions import Score
from app.domain.errors import DomainError, InvalidFields, ModelUnavailable
from app.domain.explanation import Draft, Finding
from app.domain.receipts import FORMAT
from app.domain.slots import compile_text, slots_of
from app.domain.verification.reply import read_reply
from app.resources import PRODUCTS
from app.use_cases.ports import Scored, ScoringModel
from reference import scorecard
from reference.applications import derive
from retrieval.citations import address_of, enclosing, find_citations, find_mentions
from retrieval.passages import Citation, Query, QueryRefused
from retrieval.terms import terms_of
from tests.api.test_thread import application, recorded_decision
from tests.fuzz.damage import CHANGES, DEEP, EFFORTS, SHORT, TEXTS, answering, as_json, damaged
from tests.use_cases.declining import CARD, DECLINED

SLOWEST_S = 5.0  # of one example, on a machine that does much else
ANSWER = json.loads(
    json.dumps(
        scorecard.answer(CARD, scorecard.registration(CARD.name, CARD.version), derive(DECLINED)),
        default=float,
    )
)
REGISTRATION = json.loads(
    json.dumps(scorecard.registration(CARD.name, CARD.version), default=float)
)


def timed(work: Callable[[], None]) -> None:
    started = time.perf_counter()
    work()
    assert time.perf_counter() - started < SLOWEST_S


# Model replies

REPLY = {
    "summary": "Your application was declined.",
    "reasons": [
        {
            "code": "C1-09",
            "statement": "Your debts are high.",
            "citations": [{"citation": "12 CFR 1002.9(b)(2)", "quote": "specific reasons"}],
        }
    ],
}


def again_of(draft: Draft) -> dict[str, Any]:
    return {
        "summary": draft.summary,
        "reasons": [
            {
                "code": s.code,
                "statement": s.text,
                "citations": [{"citation": c.citation, "quote": c.quote} for c in s.citations],
            }
            for s in draft.statements
        ],
    }


@EFFORTS
def test_replies_of_language_models(effort: settings) -> None:
    @effort
    @given(
        st.one_of(
            CHANGES.map(lambda changes: json.dumps(damaged(REPLY, changes))),
            st.tuples(st.text(max_size=20), st.text(max_size=20)).map(
                lambda around: f"{around[0]}```json\n{json.dumps(REPLY)}\n```{around[1]}"
            ),
            st.text(max_size=200),
            st.just(DEEP),
        )
    )
    def fuzz(raw: str) -> None:
        read = read_reply(raw)
        if isinstance(read, Finding):
            assert read.rule in {"reply-not-json", "key-missing"}
            return
        assert isinstance(read, Draft)
        json.dumps(again_of(read), ensure_ascii=False).encode()  # it can be kept
        assert read_reply(json.dumps(again_of(read))) == read

    fuzz()


# Answers of model servers

SPOILT = st.one_of(CHANGES, st.just(DEEP))


def check_scored(scored: Scored) -> None:
    assert scored.score.min <= scored.score.value <= scored.score.max
    assert all(item.contribution.is_finite() for item in scored.attributed.items)
    texts = [scored.model.name, scored.model.version, scored.reference_sha256]
    texts += [scored.model.artifact_sha256 or "", *scored.claimed_reasons]
    texts += [item.feature for item in scored.attributed.items]
    texts += [item.value for item in scored.attributed.items if isinstance(item.value, str)]
    check_kept(texts)


def check_kept(texts: Sequence[str]) -> None:
    """The database keeps no NUL and no half characters, and text alone as text."""
    for text in texts:
        assert isinstance(text, str)
        assert "\x00" not in text
        text.encode()


async def ask(protocol: str, address: str) -> bool:
    """Whether the answer was taken; what is refused is refused in our own words."""
    calls = ModelCalls()  # a new one each time: its breaker has seen nothing fail
    native = NativeModels(lambda: address, lambda: address, PRODUCTS, calls)
    models: dict[str, ScoringModel] = {
        "native": native,
        "oip": OipModels(lambda: address, {"personal-loan": "m"}, calls),
        "mlflow": MlflowModels({"personal-loan": lambda: address}, calls),
    }
    try:
        if protocol == "pricing":
            score = Score(Decimal(700), Decimal(300), Decimal(850))
            priced = await native.price("personal-loan", {"a": 1}, score)
            rules = [text for rule in priced.rules for text in (rule.id, rule.code)]
            check_kept([priced.model.name, priced.model.version, *rules])
        else:
            check_scored(await models[protocol].score("personal-loan", {"a": 1}))
    except (ModelUnavailable, InvalidFields) as refusal:
        check_kept([str(refusal)])
        return False
    finally:
        await calls.close()
    return True


@EFFORTS
@pytest.mark.parametrize("protocol", ["native", "oip", "mlflow", "pricing"])
async def test_answers_of_model_servers(effort: settings, protocol: str) -> None:
    documents = SERVED[protocol]
    loop = asyncio.get_running_loop()
    async with answering() as (address, answers):
        # On the wire each example costs ten times what it does in a parser.
        @settings(effort, max_examples=20 if effort is SHORT else 1000, phases=[Phase.generate])
        @given(st.sampled_from(sorted(documents)), SPOILT)
        def fuzz(spoilt: str, how: Any) -> None:
            for name, document in documents.items():
                answers[name] = as_json(document)
            whole = documents[spoilt]
            answers[spoilt] = how.encode() if how == DEEP else as_json(damaged(whole, how))
            asyncio.run_coroutine_threadsafe(ask(protocol, address), loop).result(30)

        await asyncio.to_thread(fuzz)


@pytest.mark.parametrize("protocol", ["native", "oip", "mlflow", "pricing"])
async def test_whole_answers_of_model_servers_are_taken(protocol: str) -> None:
    async with answering() as (address, answers):
        answers |= {name: as_json(document) for name, document in SERVED[protocol].items()}
        assert await ask(protocol, address)


OIP_METADATA = {
    "name": "m",
    "parameters": {
        "features": ["a", "b"],
        "score_min": 300,
        "score_max": 850,
        "cutoff": 560,
        "artifact_sha256": "0" * 64,
    },
}
OIP_ANSWER = {
    "model_name": "m",
    "model_version": "1",
    "outputs": [
        {"name": "score", "data": [547]},
        {"name": "base", "data": [560]},
        {"name": "features", "data": [1, 2]},
        {"name": "contributions", "data": [-3, -10]},
    ],
}
MLFLOW_ANSWER = {
    "predictions": [
        {
            "model": {"name": "m", "version": "1"},
            "score": 547,
            "score_min": 300,
            "score_max": 850,
            "cutoff": 560,
            "base": 560,
            "contributions": {"a": -3, "b": -10},
            "features": {"a": 1, "b": 2},
        }
    ]
}
PRICE = {
    "model": {"name": "p", "version": "1"},
    "outcome": "offer",
    "price": {"amount": 1000, "term_months": 12, "apr_bps": 900, "monthly_payment": 88.1},
    "counteroffer": None,
    "rules": [{"id": "x", "code": "C1-09"}],
}

SERVED: dict[str, dict[str, Any]] = {
    "native": {"/personal-loan": ANSWER},
    "oip": {"/m": OIP_METADATA, "infer": OIP_ANSWER},
    "mlflow": {"invocations": MLFLOW_ANSWER},
    "pricing": {"/personal-loan-pricing": PRICE},
}

# Bodies

BODIES: list[tuple[type[BaseModel], Callable[[], Any]]] = [
    (DecisionIn, recorded_decision),
    (ApplicationIn, application),
    (RegistrationBody, lambda: REGISTRATION),
    (WordingIn, lambda: {"code": "C1-08", "text": "x {a:usd}", "categories": {"a": ["b"]}}),
    (PlainEventIn, lambda: {"kind": next(iter(PLAIN)), "at": "2026-11-01T00:00:00Z"}),
    (InformationReceivedIn, lambda: {"kind": "information_received", "at": "2026-11-01T00:00:00Z"}),
    (NoticeHandedOverIn, lambda: {"kind": "notice_handed_over", "at": "2026-11-01T00:00:00Z", "notice_id": "0" * 32}),
]  # fmt: skip


@EFFORTS
@pytest.mark.parametrize(("body", "make"), BODIES, ids=[body.__name__ for body, _ in BODIES])
def test_bodies(effort: settings, body: type[BaseModel], make: Callable[[], Any]) -> None:
    document = json.loads(json.dumps(make(), default=str))

    @effort
    @given(CHANGES)
    def fuzz(changes: list[tuple[int, str, Any, str]]) -> None:
        try:
            parsed = body.model_validate(json.loads(as_json(damaged(document, changes))))
        except ValidationError:
            return
        with suppress(DomainError):
            parsed.to_domain()  # type: ignore[attr-defined] # each of these bodies has it
        identity_of(parsed, "x", None)
        again = body.model_validate(parsed.model_dump(mode="json", exclude_unset=True))
        assert identity_of(again, "x", None) == identity_of(parsed, "x", None)

    fuzz()


# Receipts and their keys


@EFFORTS
def test_receipts_and_keys(effort: settings, tmp_path: Path) -> None:
    signer = Ed25519Signer(KeyFolder(tmp_path / "keys"), lambda: datetime(2026, 11, 20, tzinfo=UTC))
    content = {
        "format": FORMAT, "decision_id": "d", "sentences": [], "evidence": [], "notices": [],
    }  # fmt: skip
    signed = signer.sign(content)
    receipt = {"content": dict(signed.content), "signature": signed.signature}
    keys = json.loads(json.dumps(to_jwks(tuple(signer.public_keys()))))
    known = read_jwks(as_json(keys))

    @effort
    @given(CHANGES, st.booleans(), st.binary(max_size=60))
    def fuzz(changes: list[Any], of_keys: bool, noise: bytes) -> None:  # noqa: FBT001 -- drawn
        changed = damaged(keys if of_keys else receipt, changes)
        for sent in (as_json(changed), noise, DEEP.encode() * 20):
            with suppress(KeysUnreadable):
                found = read_jwks(sent)
                assert set(found) <= set(known)  # no other key stands under a thumbprint
            with suppress(ReceiptBroken):
                accepted = check_receipt(sent, known)
                assert accepted.content == signed.content

    fuzz()


# Citations, searches and slots

CITING = st.lists(
    st.sampled_from(
        ["12 CFR ", "1002.9", "(b)(2)", "comment ", "9(b)(2)-4", "15 USC ", "1681m", "§", "Art. ",
         "22", "GDPR", "Recital ", "71", "Form C-1", "Appendix ", "A", "Circular 2022-03", "(", ")",
         "-", ".", " to ", ", ", " and ", "\n", "٣", "\u00a0", "\x00", "ECOA", "Regulation B"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@EFFORTS
def test_citations_and_searches(effort: settings) -> None:
    @effort
    @given(st.one_of(CITING, TEXTS, CITING.map(lambda text: text * 30)))
    def fuzz(text: str) -> None:
        def work() -> None:
            for mention in find_mentions(text):
                assert 0 <= mention.start < mention.end <= len(text)
            for citation in find_citations(text):
                assert find_citations(citation)
                assert len(enclosing(citation)) < 50
            address_of(text)
            enclosing(Citation(text))
            terms_of(text)
            with suppress(QueryRefused):
                Query(text, datetime(2026, 11, 20, tzinfo=UTC).date())

        timed(work)

    fuzz()


SLOTTED = st.lists(
    st.sampled_from(["{", "}", "{a:usd}", "{a:count|x|y}", ":", "|", "a", "b", "usd", " ", "{b:ratio}", "\x00", "é"]),
    max_size=30,
).map("".join)  # fmt: skip


@EFFORTS
def test_slots_of_wordings(effort: settings) -> None:
    @effort
    @given(st.one_of(SLOTTED, TEXTS), st.sampled_from(["en", "es"]))
    def fuzz(text: str, language: Any) -> None:
        def work() -> None:
            with suppress(InvalidFields):
                slots = slots_of(text)
                assert len(slots) == text.count("{")
                compile_text(text, language, tuple(slot.feature for slot in slots))

        timed(work)

    fuzz()


def test_numbers_keep_their_digits() -> None:
    parsed = DecisionIn.model_validate(recorded_decision(requested={"amount": "0.10"}))
    assert parsed.requested.amount == Decimal("0.10")
