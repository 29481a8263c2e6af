"""Every metric, with labels from closed sets only."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

REQUESTS = Counter(
    "rationale_http_requests", "HTTP requests", ["method", "route", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "rationale_http_request_seconds",
    "HTTP latency",
    ["method", "route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
IN_FLIGHT = Gauge("rationale_http_in_flight", "Requests being served", ["kind"], registry=REGISTRY)
REFUSED = Counter(
    "rationale_http_refused", "Refused for want of room", ["reason"], registry=REGISTRY
)
EXPLANATIONS = Counter(
    "rationale_explanations", "Explanations by outcome", ["outcome"], registry=REGISTRY
)
FINDINGS = Counter("rationale_findings", "Drafts' broken rules", ["rule"], registry=REGISTRY)
NOTICES_ISSUED = Counter(
    "rationale_notices_issued", "Notices issued by duty", ["duty"], registry=REGISTRY
)
JOBS = Counter(
    "rationale_jobs", "Attempts at jobs by outcome", ["kind", "outcome"], registry=REGISTRY
)
WEBHOOK_ATTEMPTS = Counter(
    "rationale_webhook_attempts",
    "Attempts at webhooks by what follows",
    ["step"],
    registry=REGISTRY,
)
AUDIT_SEALED = Counter(
    "rationale_audit_events_sealed", "Audit events linked to their chain", registry=REGISTRY
)
AUDIT_ALARMS = Counter(
    "rationale_audit_alarms",
    "Chains that their checkpoints contradict, and forged checkpoints, at each try to sign",
    ["kind"],
    registry=REGISTRY,
)
