"""The native JSON contract of scoring and pricing model servers, over HTTP."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from typing_extensions import override

from app.adapters.model_http import ModelCalls
from app.adapters.registration_json import (
    decimal_or_none,
    registration_from_json,
    text_of,
    text_or_none,
)
from app.domain.decisions import Offer, Score
from app.domain.errors import FieldProblem, InvalidFields, ModelUnavailable, UnknownProduct
from app.domain.models import Feature, ModelVersion, ReasonCode, Registration
from app.domain.reasons import Attributed, Attribution, RuleHit
from app.use_cases.ports import Priced, PricingModel, Rescored, RescoringModel, Scored, ScoringModel


class NativeModels(ScoringModel, RescoringModel, PricingModel):
    """One model server: it scores and prices by product, and describes its models.

    `products` maps a product to the (scoring, pricing) model that decides it. The URLs are
    asked for at each call: an embedded server that was restarted answers elsewhere.
    """

    def __init__(
        self,
        scoring_url: Callable[[], str],
        pricing_url: Callable[[], str],
        products: Mapping[str, tuple[str, str]],
        calls: ModelCalls | None = None,
    ) -> None:
        self._find_scoring = scoring_url
        self._find_pricing = pricing_url
        self._products = products
        self._calls = ModelCalls() if calls is None else calls

    def _scoring(self, path: str) -> Callable[[], str]:
        return lambda: self._find_scoring().rstrip("/") + path

    def _pricing(self, path: str) -> Callable[[], str]:
        return lambda: self._find_pricing().rstrip("/") + path

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    @override
    async def score(self, product: str, application: Mapping[str, object]) -> Scored:
        """Score one application. Raises UnknownProduct, InvalidFields or ModelUnavailable."""
        require_finite(application)
        model, _ = self._models(product)
        url = self._scoring(f"/score/{model}")
        answer = await self._calls.post(model, url, {"application": application})
        return usable(parse_scored(answer))

    @override
    async def rescore(
        self,
        product: str,
        application: Mapping[str, object],
        *,
        inputs: Sequence[Mapping[str, Decimal]] = (),
        features: Sequence[Mapping[Feature, Decimal]] = (),
    ) -> Rescored:
        """Score variants in one call. Raises as `score` does."""
        model, _ = self._models(product)
        body = {"application": application, "inputs": inputs, "features": features}
        answer = await self._calls.post(model, self._scoring(f"/score/{model}/variants"), body)
        try:
            rescored = Rescored(
                ModelVersion(**answer["model"]),
                Decimal(answer["score"]),
                tuple(Decimal(score) for score in answer["inputs"]),
                tuple(Decimal(score) for score in answer["features"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise ModelUnavailable("scoring", f"its answer lacks {error}") from error
        numbers = (rescored.score, *rescored.inputs, *rescored.features)
        asked = (len(inputs), len(features))
        if (len(rescored.inputs), len(rescored.features)) != asked or not _all_finite(numbers):
            raise ModelUnavailable("scoring", "it did not score every variant it was asked for")
        return rescored

    @override
    async def price(self, product: str, application: Mapping[str, object], score: Score) -> Priced:
        """Price one scored application. Raises as `score` does."""
        _, model = self._models(product)
        body = {"application": application, "score": int(score.value)}
        return _priced(await self._calls.post(model, self._pricing(f"/price/{model}"), body))

    async def registrations(self) -> list[Registration]:
        """Read how the scoring server describes the models it serves."""
        listed = await self._calls.get("registry", self._scoring("/models"))
        found = []
        for model in listed["models"]:
            if model.get("kind") != "scoring":
                continue
            name, version = model["name"], model["version"]
            path = f"/models/{name}/{version}/registration"
            described = await self._calls.get("registry", self._scoring(path))
            found.append(registration_from_json(described))
        return found

    def _models(self, product: str) -> tuple[str, str]:
        if product not in self._products:
            raise UnknownProduct(sorted(self._products))
        return self._products[product]


def require_finite(application: Mapping[str, object]) -> None:
    """Refuse NaN and infinities before they reach a model. Raises InvalidFields."""
    problems = [
        FieldProblem(f"/application/{name}", "is not a finite number")
        for name, value in application.items()
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if problems:
        raise InvalidFields(problems)


def usable(scored: Scored) -> Scored:
    """Return an answer that one can decide by. Raises ModelUnavailable.

    A model that says NaN, or a score that its own scale does not hold, is out of order: the
    applicant has done nothing wrong, and a person decides.
    """
    score, attributed = scored.score, scored.attributed
    numbers = [score.value, score.min, score.max, scored.cutoff, attributed.base]
    numbers += [item.contribution for item in attributed.items]
    numbers += [item.value for item in attributed.items if isinstance(item.value, Decimal)]
    if not _all_finite(numbers):
        raise ModelUnavailable("scoring", "a number in its answer is not finite")
    if not score.min <= score.value <= score.max:
        raise ModelUnavailable("scoring", "its score lies outside its own scale")
    return scored


def _all_finite(numbers: Iterable[Decimal]) -> bool:
    return all(number.is_finite() for number in numbers)


def parse_scored(answer: Mapping[str, Any]) -> Scored:
    """Read a native answer. Raises ModelUnavailable where it lacks something."""
    try:
        score, attribution = answer["score"], answer["attribution"]
        value = Decimal(str(score["value"]))
        return Scored(
            model=ModelVersion(
                text_of(answer["model"]["name"]),
                text_of(answer["model"]["version"]),
                text_or_none(answer["model"].get("artifact_sha256")),
            ),
            score=Score(value, Decimal(str(score["min"])), Decimal(str(score["max"]))),
            cutoff=Decimal(str(answer["decision"]["cutoff"])),
            attributed=Attributed(
                score=value,
                base=Decimal(str(attribution["base"])),
                items=tuple(
                    Attribution(
                        Feature(text_of(item["feature"])),
                        _value(item.get("value")),
                        Decimal(str(item["contribution"])),
                    )
                    for item in attribution["items"]
                ),
                rules=_rules(answer.get("rules", [])),
            ),
            claimed_reasons=tuple(ReasonCode(text_of(code)) for code in answer.get("reasons", [])),
            reference_sha256=text_of(attribution.get("reference", {}).get("sha256", "")),
            higher_is_better=score.get("higher_is_better") is not False,
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ModelUnavailable("scoring", f"its answer lacks {error}") from error


def _value(value: object) -> Decimal | str | bool | None:
    if value is None or isinstance(value, bool | str):
        return value
    return Decimal(str(value))


def _priced(answer: Mapping[str, Any]) -> Priced:
    try:
        counteroffer = answer.get("counteroffer")
        outcome = answer["outcome"]
        if outcome not in {"offer", "counteroffer", "decline"}:
            raise ModelUnavailable("pricing", "its outcome is none we know")
        return Priced(
            ModelVersion(text_of(answer["model"]["name"]), text_of(answer["model"]["version"])),
            outcome,
            _offer(answer["price"]),
            None if counteroffer is None else _offer(counteroffer),
            _rules(answer["rules"]),
            answer.get("materially_less_favorable") is True,
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ModelUnavailable("pricing", f"its answer lacks {error}") from error


def _offer(terms: Mapping[str, Any]) -> Offer:
    return Offer(
        _money(terms.get("amount")),
        _whole(terms.get("term_months")),
        _whole(terms.get("apr_bps")),
        _money(terms.get("monthly_payment")),
    )


def _rules(listed: Sequence[Mapping[str, Any]]) -> tuple[RuleHit, ...]:
    return tuple(RuleHit(text_of(rule["id"]), ReasonCode(text_of(rule["code"]))) for rule in listed)


def _whole(sent: object) -> int | None:
    if sent is None or (isinstance(sent, int) and not isinstance(sent, bool)):
        return sent
    raise TypeError(sent)


def _money(sent: object) -> Decimal | None:
    amount = decimal_or_none(sent)
    if amount is not None and not amount.is_finite():
        raise TypeError(sent)
    return amount
