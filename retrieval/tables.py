"""Rows of the policy library, as searches read them. A tenant_id of NULL is shared by all."""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

metadata = MetaData()
SEGMENT = 4096  # ordinals in one row of postings
TABLES = (
    "policy_collections",
    "policy_versions",
    "policy_passages",
    "policy_embedding_models",
    "policy_vectors",
    "policy_postings",
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=True),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("products", ARRAY(Text), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date, nullable=True),
    Column("ended_recorded_at", DateTime(timezone=True), nullable=True),
    Column("status", Text, nullable=False),
    Column("currency_note", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=True),
)

policy_passages = Table(
    "policy_passages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("tenant_id", UUID(as_uuid=True), nullable=True),
    Column("version_id", UUID(as_uuid=True), nullable=False),
    Column("number", Integer, nullable=False),
    Column("ordinal", Integer, nullable=True),
    Column("citation", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("context", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("aids", ARRAY(Text), nullable=False),
    Column("refers_to", ARRAY(Text), nullable=False),
    Column("terms", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("products", ARRAY(Text), nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date, nullable=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("ended_recorded_at", DateTime(timezone=True), nullable=True),
)
