"""The audit trail's hash chain and its signed checkpoints."""

from migrations.statements import execute_file, execute_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("audit_chain.sql")


def downgrade() -> None:
    execute_script("select 1")
