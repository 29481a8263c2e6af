"""Attempts of every kind of job, dead jobs, and the tenants that workers serve."""

from migrations.statements import execute_file, execute_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("jobs.sql")


def downgrade() -> None:
    execute_script("select 1")
