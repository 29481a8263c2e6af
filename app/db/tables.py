"""Rows. They never leave `app.db`; the migrations hold their constraints and policies."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    FetchedValue,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData()


def _id(name: str = "id", *, primary_key: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=True), primary_key=primary_key, nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


tenants = Table(
    "tenants",
    metadata,
    _id(primary_key=True),
    Column("name", Text, nullable=False),
    Column("creditor", JSONB, nullable=False),
    _at("created_at"),
)

subjects = Table(
    "subjects",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=True),
    _at("created_at"),
    _at("key_destroyed_at", nullable=True),
)

model_registrations = Table(
    "model_registrations",
    metadata,
    _id("tenant_id", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("registration", JSONB, nullable=False),
    _at("registered_at"),
)

decision_keys = Table(
    "decision_keys",
    metadata,
    _id("tenant_id", primary_key=True),
    Column("external_id", Text, primary_key=True),
    _id("decision_id"),
    Column("request_sha256", LargeBinary, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _id("tenant_id", primary_key=True),
    Column("key_hash", LargeBinary, primary_key=True),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("decision_id", UUID(as_uuid=True)),
    Column("reserved_id", UUID(as_uuid=True)),
    Column("token", UUID(as_uuid=True)),
    _at("claimed_until", nullable=True),
    Column("answer", LargeBinary),
    _at("created_at"),
    _at("expires_at"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("subject_id"),
    Column("external_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("reason_codes", ARRAY(Text), nullable=False),
    Column("findings", ARRAY(Text), nullable=False),
    _at("decided_at"),
    _at("notice_due_at", nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    _at("recorded_at"),
)

drafts = Table(
    "drafts",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("audience", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("writer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_sha256", Text, nullable=False),
    Column("rules_broken", ARRAY(Text), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _at("written_at"),
    Column("settings", JSONB, nullable=False),
    Column("retrieval", JSONB, nullable=False),
    Column("seconds", Numeric(10, 3)),
    Column("previous_id", UUID(as_uuid=True)),
    Column("proof", LargeBinary),
)

explanations = Table(
    "explanations",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("audience", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("writer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("seconds", Numeric(10, 3), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _at("written_at"),
    Column("draft_id", UUID(as_uuid=True)),
    Column("replaces", UUID(as_uuid=True)),
    Column("why", Text),
)

citations_used = Table(
    "citations_used",
    metadata,
    _id("explanation_id", primary_key=True),
    Column("place", Text, primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("citation", Text, nullable=False),
    Column("version_sha256", Text, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
)

current_explanations = Table(
    "current_explanations",
    metadata,
    _id("decision_id", primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    _id("tenant_id"),
    _id("explanation_id"),
)

notices = Table(
    "notices",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("duty", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("addressee", Text, nullable=False),
    _at("due_at"),
    _at("issued_at"),
    Column("content_sha256", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    _id("subject"),
    _at("at"),
    Column("details", JSONB, nullable=False),
    Column("transaction_id", BigInteger, nullable=False, server_default=FetchedValue()),
)

decision_events = Table(
    "decision_events",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("kind", Text, nullable=False),
    Column("notice_id", UUID(as_uuid=True)),
    _at("occurred_at"),
    _at("recorded_at"),
    Column("event", JSONB, nullable=False),
)

referrals = Table(
    "referrals",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("subject_id"),
    Column("external_id", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("why", Text, nullable=False),
    _at("received_at"),
    _at("due_at"),
    _at("referred_at"),
    Column("sealed", LargeBinary, nullable=False),
    Column("decision_id", UUID(as_uuid=True)),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("decision_id"),
    Column("why", Text, nullable=False),
    _at("placed_at"),
    _at("lifted_at", nullable=True),
)

wordings = Table(
    "wordings",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    Column("code", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("shape_sha256", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("prompt_sha256", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    _at("drafted_at"),
    Column("content", JSONB, nullable=False),
    Column("state", Text, nullable=False),
)

wording_reviews = Table(
    "wording_reviews",
    metadata,
    _id(primary_key=True),
    _id("tenant_id"),
    _id("wording_id"),
    Column("step", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    _at("at"),
)

model_budgets = Table(
    "model_budgets",
    metadata,
    _id("tenant_id", primary_key=True),
    Column("tokens", BigInteger),
    Column("micros", BigInteger),
    _at("set_at"),
)

model_spending = Table(
    "model_spending",
    metadata,
    _id("tenant_id", primary_key=True),
    Column("month", Date, primary_key=True),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
    Column("micros", BigInteger, nullable=False, server_default="0"),
    Column("tokens_held", BigInteger, nullable=False, server_default="0"),
    Column("micros_held", BigInteger, nullable=False, server_default="0"),
)
