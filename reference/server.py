"""The reference scoring and pricing servers: the native contract and Open Inference Protocol v2."""

import argparse
import importlib.util
import json
import socket
import sys
from http import HTTPStatus
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from reference import gbm, pricing, scorecard
from reference.applications import (
    INPUTS,
    RefusedApplication,
    derive,
    read_application,
    read_changes,
)
from reference.levers import LEVERS
from reference.protocols import protocols


def create_app() -> FastAPI:  # noqa: C901 -- a list of routes, each of a few lines
    """Assemble the server around the artefacts."""
    app = FastAPI(title="Rationale reference models", version=scorecard.VERSION)
    card = scorecard.load(scorecard.MODEL, scorecard.VERSION)
    described = scorecard.registration(scorecard.MODEL, scorecard.VERSION)
    prices = pricing.load()
    has_challenger = importlib.util.find_spec("lightgbm") is not None

    @app.exception_handler(RefusedApplication)
    async def refuse(_: Request, error: RefusedApplication) -> JSONResponse:
        listed = [
            {"pointer": f"/application/{name}", "detail": detail}
            for name, detail in error.problems.items()
        ]
        body = {
            "type": "/errors/invalid-fields",
            "title": "Invalid fields",
            "status": 422,
            "detail": str(error),
            "errors": listed,
        }
        return JSONResponse(body, HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/models")
    async def models() -> dict[str, Any]:
        return {
            "models": [
                {
                    "name": card.name,
                    "version": card.version,
                    "kind": "scoring",
                    "inputs": [
                        {
                            "name": i.name,
                            "label": i.label,
                            "unit": i.unit,
                            "min": i.low,
                            "max": i.high,
                            "required": True,
                        }
                        for i in INPUTS
                    ],
                },
                *(
                    {"name": gbm.MODEL, "version": gbm.VERSION, "kind": "scoring"}
                    for _ in range(has_challenger)
                ),
                {"name": pricing.MODEL, "version": pricing.VERSION, "kind": "pricing"},
            ]
        }

    @app.get("/models/{name}/{version}/registration")
    async def registration(name: str, version: str) -> JSONResponse:
        if (name, version) == (gbm.MODEL, gbm.VERSION):
            return JSONResponse({**scorecard.registration(name, version), "levers": LEVERS})
        if (name, version) != (card.name, card.version):
            return JSONResponse({"detail": "no such model"}, HTTPStatus.NOT_FOUND)
        return JSONResponse({**described, "levers": LEVERS})

    @app.post("/score/{model}")
    async def score(model: str, request: Request) -> JSONResponse:
        if model == gbm.MODEL and has_challenger:
            return JSONResponse(gbm.answer(derive(read_application(await _application(request)))))
        if model != card.name:
            return JSONResponse({"detail": "no such model"}, HTTPStatus.NOT_FOUND)
        numbers = read_application(await _application(request))
        return JSONResponse(scorecard.answer(card, described, derive(numbers)))

    @app.post("/score/{model}/variants")
    async def score_variants(model: str, request: Request) -> JSONResponse:
        """Rescore an application with other inputs, or with other values of what it derives."""
        if model == gbm.MODEL and has_challenger:
            challenger = gbm.load()
            rescore, version, sha256 = challenger.score, gbm.VERSION, challenger.sha256
        elif model == card.name:
            rescore, version, sha256 = card.score, card.version, card.sha256
        else:
            return JSONResponse({"detail": "no such model"}, HTTPStatus.NOT_FOUND)
        body = await request.json()
        numbers = read_application(body.get("application") or {})
        derived = derive(numbers)
        return JSONResponse(
            {
                "model": {"name": model, "version": version, "artifact_sha256": sha256},
                "score": rescore(derived),
                "inputs": [
                    rescore(derive({**numbers, **read_changes(changes)}))
                    for changes in body.get("inputs", [])
                ],
                "features": [rescore({**derived, **values}) for values in body.get("features", [])],
            }
        )

    @app.post("/price/{model}")
    async def price(model: str, request: Request) -> JSONResponse:
        if model != pricing.MODEL:
            return JSONResponse({"detail": "no such model"}, HTTPStatus.NOT_FOUND)
        body = await request.json()
        numbers = read_application(body.get("application") or {})
        priced = pricing.answer(prices, numbers, int(body["score"]))
        if priced is None:
            return JSONResponse({"detail": "no price for this score"}, HTTPStatus.CONFLICT)
        return JSONResponse(priced)

    app.include_router(protocols(card))
    return app


async def _application(request: Request) -> dict[str, Any]:
    body = await request.json()
    application = body.get("application") if isinstance(body, dict) else None
    if not isinstance(application, dict):
        raise RefusedApplication({"": "is missing"})
    return application


def main() -> None:
    """Serve until stopped; the first line on stdout is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    listening = socket.create_server((arguments.host, arguments.port))
    host, port = listening.getsockname()[:2]
    app = create_app()
    sys.stdout.write(json.dumps({"address": f"http://{host}:{port}"}) + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
