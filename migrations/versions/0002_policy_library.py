"""Policy documents, passages with their vectors, and the lexical index."""

from migrations.statements import execute_file, execute_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("policy_library.sql")


def downgrade() -> None:
    execute_script("drop table policy_postings, policy_passages, policy_versions;")
