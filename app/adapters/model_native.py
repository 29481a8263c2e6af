"""The native JSON contract of scoring and pricing model servers, over HTTP."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, cast

import httpx
import orjson
from opentelemetry.propagate import inject
from typing_extensions import override

from app.adapters.registration_json import decimal_or_none, registration_from_json
from app.domain.decisions import Offer, Score
from app.domain.errors import FieldProblem, InvalidFields, ModelUnavailable, UnknownProduct
from app.domain.models import Feature, ModelVersion, ReasonCode, Registration
from app.domain.reasons import Attributed, Attribution, RuleHit
from app.use_cases.ports import Priced, PricingModel, Rescored, RescoringModel, Scored, ScoringModel

TIMEOUT_S = 5.0
SERVER_ERROR = 500


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
    ) -> None:
        self._find_scoring = scoring_url
        self._find_pricing = pricing_url
        self._products = products
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S)

    @property
    def _scoring_url(self) -> str:
        return self._find_scoring().rstrip("/")

    @property
    def _pricing_url(self) -> str:
        return self._find_pricing().rstrip("/")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @override
    async def score(self, product: str, application: Mapping[str, object]) -> Scored:
        """Score one application. Raises UnknownProduct, InvalidFields or ModelUnavailable."""
        _require_finite(application)
        model, _ = self._models(product)
        answer = await self._post(
            "scoring", f"{self._scoring_url}/score/{model}", {"application": application}
        )
        return _scored(answer)

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
        answer = await self._post("scoring", f"{self._scoring_url}/score/{model}/variants", body)
        try:
            return Rescored(
                ModelVersion(**answer["model"]),
                Decimal(answer["score"]),
                tuple(Decimal(score) for score in answer["inputs"]),
                tuple(Decimal(score) for score in answer["features"]),
            )
        except (KeyError, TypeError, ArithmeticError) as error:
            raise ModelUnavailable("scoring", f"its answer lacks {error}") from error

    @override
    async def price(self, product: str, application: Mapping[str, object], score: Score) -> Priced:
        """Price one scored application. Raises as `score` does."""
        _, model = self._models(product)
        body = {"application": application, "score": int(score.value)}
        return _priced(await self._post("pricing", f"{self._pricing_url}/price/{model}", body))

    async def registrations(self) -> list[Registration]:
        """Read how the scoring server describes the models it serves."""
        listed = await self._get(f"{self._scoring_url}/models")
        found = []
        for model in listed["models"]:
            if model.get("kind") != "scoring":
                continue
            name, version = model["name"], model["version"]
            described = await self._get(f"{self._scoring_url}/models/{name}/{version}/registration")
            found.append(registration_from_json(described))
        return found

    def _models(self, product: str) -> tuple[str, str]:
        if product not in self._products:
            raise UnknownProduct(product, sorted(self._products))
        return self._products[product]

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            response = await self._http.get(url)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise ModelUnavailable("scoring", type(error).__name__) from error
        return cast("dict[str, Any]", _parse(response.content))

    async def _post(self, kind: str, url: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        inject(headers)
        try:
            response = await self._http.post(
                url, content=orjson.dumps(body, default=_number), headers=headers
            )
        except httpx.HTTPError as error:
            raise ModelUnavailable(kind, type(error).__name__) from error
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise InvalidFields(_field_problems(response))
        if response.status_code >= SERVER_ERROR or not response.is_success:
            raise ModelUnavailable(kind, f"HTTP {response.status_code}")
        try:
            return cast("dict[str, Any]", _parse(response.content))
        except ValueError as error:
            raise ModelUnavailable(kind, "its answer is not JSON") from error


def _parse(content: bytes) -> Any:  # noqa: ANN401 -- JSON
    return json.loads(content, parse_float=Decimal)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _require_finite(application: Mapping[str, object]) -> None:
    problems = [
        FieldProblem(f"/application/{name}", "is not a finite number")
        for name, value in application.items()
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if problems:
        raise InvalidFields(problems)


def _field_problems(response: httpx.Response) -> list[FieldProblem]:
    """Pass on which fields the model refused, in our own pointers."""
    try:
        listed = _parse(response.content).get("errors", [])
        return [FieldProblem(str(e["pointer"]), str(e["detail"])) for e in listed] or [
            FieldProblem("/application", "was refused by the model")
        ]
    except (ValueError, KeyError, AttributeError, TypeError):
        return [FieldProblem("/application", "was refused by the model")]


def _scored(answer: Mapping[str, Any]) -> Scored:
    try:
        score, attribution = answer["score"], answer["attribution"]
        value = Decimal(str(score["value"]))
        return Scored(
            model=ModelVersion(
                answer["model"]["name"],
                answer["model"]["version"],
                answer["model"].get("artifact_sha256"),
            ),
            score=Score(value, Decimal(str(score["min"])), Decimal(str(score["max"]))),
            cutoff=Decimal(str(answer["decision"]["cutoff"])),
            attributed=Attributed(
                score=value,
                base=Decimal(str(attribution["base"])),
                items=tuple(
                    Attribution(
                        Feature(item["feature"]),
                        _value(item.get("value")),
                        Decimal(str(item["contribution"])),
                    )
                    for item in attribution["items"]
                ),
                rules=tuple(
                    RuleHit(rule["id"], ReasonCode(rule["code"]))
                    for rule in answer.get("rules", [])
                ),
            ),
            claimed_reasons=tuple(ReasonCode(code) for code in answer.get("reasons", [])),
            reference_sha256=attribution.get("reference", {}).get("sha256", ""),
        )
    except (KeyError, TypeError, ArithmeticError) as error:
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
            ModelVersion(answer["model"]["name"], answer["model"]["version"]),
            outcome,
            _offer(answer["price"]),
            None if counteroffer is None else _offer(counteroffer),
            tuple(RuleHit(rule["id"], ReasonCode(rule["code"])) for rule in answer["rules"]),
        )
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ModelUnavailable("pricing", f"its answer lacks {error}") from error


def _offer(terms: Mapping[str, Any]) -> Offer:
    return Offer(
        decimal_or_none(terms.get("amount")),
        terms.get("term_months"),
        terms.get("apr_bps"),
        decimal_or_none(terms.get("monthly_payment")),
    )
