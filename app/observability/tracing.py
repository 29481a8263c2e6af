"""Traces: the SDK's set-up, and the context that a job carries from its request."""

from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased


def configure(service: str, *, otlp_endpoint: str | None, ratio: float) -> None:
    """Export spans over OTLP if an endpoint is given; the queue is bounded and drops."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
    )
    if otlp_endpoint is not None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 -- slow to import, seldom used
            OTLPSpanExporter,
        )

        exporter = OTLPSpanExporter(f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=5)
        provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=2048))
    trace.set_tracer_provider(provider)


def inject_context() -> dict[str, str]:
    """Return the current trace context as W3C headers, to be stored with a job."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier


def extract_context(carrier: Mapping[str, object]) -> Context:
    """Restore the trace context that `inject_context` stored."""
    return extract({name: str(value) for name, value in carrier.items()})
