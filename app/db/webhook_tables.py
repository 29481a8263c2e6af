"""Rows of webhooks: endpoints, the outbox, and a row for each delivery that is owed."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from app.db.tables import metadata

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("disabled", Text),
    Column("failing_since", DateTime(timezone=True)),
    Column("secret", LargeBinary, nullable=False),
    Column("old_secret", LargeBinary),
    Column("old_secret_until", DateTime(timezone=True)),
    Column("rotation_id", UUID(as_uuid=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("endpoint_id", UUID(as_uuid=True), primary_key=True),
    Column("message_id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("outcome", Text),
    Column("attempted_at", DateTime(timezone=True)),
    Column("next_at", DateTime(timezone=True)),
)
