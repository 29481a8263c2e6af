"""Stored answers to requests that carry an Idempotency-Key."""

from migrations.statements import execute_file, execute_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("idempotency.sql")


def downgrade() -> None:
    execute_script("select 1")
