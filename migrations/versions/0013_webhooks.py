"""Webhook endpoints, and the outbox of messages to them."""

from migrations.statements import execute_file, execute_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("webhooks.sql")


def downgrade() -> None:
    execute_script("drop table webhook_deliveries, webhook_messages, webhook_endpoints")
