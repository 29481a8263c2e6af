"""What a tenant may spend on language models in a month, and what it has spent."""

from migrations.statements import execute_file, execute_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("model_budgets.sql")


def downgrade() -> None:
    execute_script("drop table model_spending, model_budgets;")
