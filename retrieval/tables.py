"""Rows of the policy library. A tenant_id of NULL is the library all tenants share."""

from pgvector.sqlalchemy import Vector
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import UUID

metadata = MetaData()
DIMENSIONS = 384

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=True),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date, nullable=True),
    Column("currency_note", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

policy_passages = Table(
    "policy_passages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=True),
    Column("version_id", UUID(as_uuid=True), nullable=False),
    Column("citation", Text, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("heading", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("terms", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date, nullable=True),
    Column("embedding_model", Text, nullable=False),
    Column("embedding", Vector(DIMENSIONS), nullable=False),
)

policy_postings = Table(
    "policy_postings",
    metadata,
    Column("term", Text, primary_key=True),
    Column("passage_id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=True),
    Column("tf", SmallInteger, nullable=False),
)
