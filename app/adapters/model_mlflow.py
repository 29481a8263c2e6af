"""Scoring models behind MLflow's `/invocations`.

A prediction must be a record with `score`, `base` and `contributions` by feature, which a
pyfunc returns as one row; a bare number cannot be explained and is not used to decide. Scale,
cutoff and version are no part of the protocol and come from the record too.
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


class MlflowModels(ScoringModel):
    """Scores by product over `/invocations`; `urls` maps products to their model's server."""

    def __init__(
        self, urls: Mapping[str, Callable[[], str]], calls: ModelCalls | None = None
    ) -> None:
        self._urls = urls
        self._calls = ModelCalls() if calls is None else calls

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    @override
    async def score(self, product: str, application: Mapping[str, object]) -> Scored:
        """Score one application. Raises UnknownProduct, InvalidFields or ModelUnavailable."""
        if product not in self._urls:
            raise UnknownProduct(sorted(self._urls))
        require_finite(application)
        find = self._urls[product]
        body = {"dataframe_records": [application]}
        answer = await self._calls.post(product, lambda: f"{find().rstrip('/')}/invocations", body)
        try:
            (prediction,) = answer["predictions"]
            return usable(_scored(prediction))
        except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            why = "its prediction is no record with score, base and contributions"
            raise ModelUnavailable(product, why) from error


def _scored(prediction: Mapping[str, Any]) -> Scored:
    model, values = prediction["model"], prediction.get("features", {})
    value = Decimal(str(prediction["score"]))
    return Scored(
        model=ModelVersion(
            text_of(model["name"]),
            text_of(model["version"]),
            text_or_none(model.get("artifact_sha256")),
        ),
        score=Score(
            value, Decimal(str(prediction["score_min"])), Decimal(str(prediction["score_max"]))
        ),
        cutoff=Decimal(str(prediction["cutoff"])),
        attributed=Attributed(
            score=value,
            base=Decimal(str(prediction["base"])),
            items=tuple(
                Attribution(
                    Feature(name),
                    None if name not in values else Decimal(str(values[name])),
                    Decimal(str(contribution)),
                )
                for name, contribution in prediction["contributions"].items()
            ),
        ),
        claimed_reasons=(),
        reference_sha256="",
        higher_is_better=prediction.get("higher_is_better") is not False,
    )
