"""Rows of work: what is not finished, what is dead, when schedules ran, which tenants there are."""

from sqlalchemy import Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from app.db.tables import metadata

jobs = Table(
    "jobs",
    metadata,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True, nullable=False),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("trace", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("enqueued_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
)

dead_jobs = Table(
    "dead_jobs",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True, nullable=False),
    Column("tenant_id", UUID(as_uuid=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True, nullable=False),
    Column("name", Text, primary_key=True),
    Column("ran_at", DateTime(timezone=True), nullable=False),
)

tenant_directory = Table(
    "tenant_directory",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
)
