"""API keys, customers' links and their sessions."""

from migrations.statements import execute_file, execute_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("identity.sql")


def downgrade() -> None:
    execute_script("drop table customer_sessions, customer_links, api_keys")
