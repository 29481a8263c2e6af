"""The policy library anew: two times, packed postings, vectors beside the passages.

Until now the library held the seed alone, which every upgrade loads again, so nothing is lost.
"""

from migrations.statements import execute_file, execute_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("policy_search.sql")


def downgrade() -> None:
    execute_script(
        "drop table policy_postings, policy_vectors, policy_embedding_models, policy_passages, "
        "policy_versions, policy_collections;"
    )
    execute_file("policy_library.sql")
