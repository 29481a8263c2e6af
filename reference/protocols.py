"""The scorecard behind the protocols of others: Open Inference Protocol v2 and MLflow."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from reference.applications import FEATURES, INPUTS, derive, read_application
from reference.scorecard import Scorecard


def protocols(card: Scorecard) -> APIRouter:
    """Serve one scorecard under both; it gives its attributions among its outputs."""
    app = APIRouter()

    @app.get("/v2/health/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/v2/models/{model}")
    async def metadata(model: str) -> JSONResponse:
        if model != card.name:
            return JSONResponse({"error": "no such model"}, HTTPStatus.NOT_FOUND)
        return JSONResponse(
            {
                "name": card.name,
                "versions": [card.version],
                "platform": "scorecard",
                "inputs": [_tensor(i.name) for i in INPUTS],
                "outputs": [
                    _tensor(name) for name in ("score", "base", "contributions", "features")
                ],
                "parameters": {
                    "features": [f.name for f in FEATURES],
                    "score_min": card.min,
                    "score_max": card.max,
                    "cutoff": card.cutoff,
                    "artifact_sha256": card.sha256,
                },
            }
        )

    @app.post("/v2/models/{model}/infer")
    async def infer(model: str, request: Request) -> JSONResponse:
        if model != card.name:
            return JSONResponse({"error": "no such model"}, HTTPStatus.NOT_FOUND)
        body = await request.json()
        try:
            sent = {tensor["name"]: tensor["data"][0] for tensor in body["inputs"]}
        except (KeyError, IndexError, TypeError) as error:
            return JSONResponse({"error": f"input {error}"}, HTTPStatus.BAD_REQUEST)
        values = derive(read_application(sent))
        points = card.contributions(values)
        outputs = {
            "score": [float(card.score(values))],
            "base": [float(card.base)],
            "contributions": [float(points[f.name]) for f in FEATURES],
            "features": [float(values[f.name]) for f in FEATURES],
        }
        return JSONResponse(
            {
                "model_name": card.name,
                "model_version": card.version,
                "id": body.get("id"),
                "outputs": [
                    {**_tensor(name), "shape": [len(data)], "data": data}
                    for name, data in outputs.items()
                ],
            }
        )

    @app.post("/invocations")
    async def invocations(request: Request) -> JSONResponse:
        """MLflow's protocol, as a pyfunc that returns one record would speak it."""
        body = await request.json()
        records = body.get("dataframe_records") if isinstance(body, dict) else None
        if not isinstance(records, list):
            return JSONResponse({"error_code": "BAD_REQUEST"}, HTTPStatus.BAD_REQUEST)
        predictions = []
        for record in records:
            values = derive(read_application(record))
            predictions.append(
                {
                    "model": {
                        "name": card.name,
                        "version": card.version,
                        "artifact_sha256": card.sha256,
                    },
                    "score": card.score(values),
                    "score_min": card.min,
                    "score_max": card.max,
                    "cutoff": card.cutoff,
                    "base": card.base,
                    "contributions": card.contributions(values),
                    "features": values,
                }
            )
        return JSONResponse({"predictions": predictions})

    return app


def _tensor(name: str) -> dict[str, Any]:
    return {"name": name, "datatype": "FP64", "shape": [-1]}
