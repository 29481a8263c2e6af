"""Scoring models behind the Open Inference Protocol v2 (KServe, Triton, MLServer).

The protocol has no verb for explanations, so the model's own outputs must carry them: `score`,
`base`, and `contributions`, one number per input in the order of the metadata's `inputs`. What
else a decision needs (scale, cutoff, hash, the features read) stands in the metadata's
`parameters`. A model without these cannot be explained, and is not asked to decide.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from typing_extensions import override

from app.adapters.model_http import ModelCalls
from app.adapters.model_native import require_finite, usable
from app.adapters.registration_json import text_of, text_or_none
from app.domain.decisions import Score
from app.domain.errors import ModelUnavailable, UnknownProduct
from app.domain.models import Feature, ModelVersion
from app.domain.reasons import Attributed, Attribution
from app.use_cases.ports import Scored, ScoringModel


class OipModels(ScoringModel):
    """Scores by product over Open Inference Protocol v2; `products` maps to model names."""

    def __init__(
        self, url: Callable[[], str], products: Mapping[str, str], calls: ModelCalls | None = None
    ) -> None:
        self._url = url
        self._products = products
        self._calls = ModelCalls() if calls is None else calls

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    @override
    async def score(self, product: str, application: Mapping[str, object]) -> Scored:
        """Score one application. Raises UnknownProduct, InvalidFields or ModelUnavailable."""
        if product not in self._products:
            raise UnknownProduct(sorted(self._products))
        require_finite(application)
        model = self._products[product]
        metadata = await self._calls.get(model, lambda: f"{self._base}/v2/models/{model}")
        body = {"inputs": [_tensor(name, value) for name, value in application.items()]}
        answer = await self._calls.post(
            model, lambda: f"{self._base}/v2/models/{model}/infer", body
        )
        try:
            return usable(_scored(metadata, answer))
        except (
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            ValueError,
            ArithmeticError,
        ) as error:
            raise ModelUnavailable(model, f"its answer lacks {error}") from error

    @property
    def _base(self) -> str:
        return self._url().rstrip("/")


def _tensor(name: str, value: object) -> dict[str, object]:
    if isinstance(value, str):
        return {"name": name, "datatype": "BYTES", "shape": [1], "data": [value]}
    if isinstance(value, bool):
        return {"name": name, "datatype": "BOOL", "shape": [1], "data": [value]}
    return {"name": name, "datatype": "FP64", "shape": [1], "data": [value]}


def _scored(metadata: Mapping[str, Any], answer: Mapping[str, Any]) -> Scored:
    parameters = metadata["parameters"]
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    value = Decimal(str(outputs["score"][0]))
    features, values = parameters["features"], outputs.get("features")
    contributions = outputs["contributions"]
    if len(features) != len(contributions):
        raise KeyError("contributions")
    return Scored(
        model=ModelVersion(
            text_of(answer["model_name"]),
            str(answer["model_version"]),
            text_or_none(parameters.get("artifact_sha256")),
        ),
        score=Score(value, _decimal(parameters["score_min"]), _decimal(parameters["score_max"])),
        cutoff=_decimal(parameters["cutoff"]),
        attributed=Attributed(
            score=value,
            base=Decimal(str(outputs["base"][0])),
            items=tuple(
                Attribution(
                    Feature(text_of(name)),
                    None if values is None else _decimal(values[at]),
                    _decimal(contributions[at]),
                )
                for at, name in enumerate(features)
            ),
        ),
        claimed_reasons=(),
        reference_sha256="",
        higher_is_better=parameters.get("higher_is_better") is not False,
    )


def _decimal(number: object) -> Decimal:
    return Decimal(str(number))
