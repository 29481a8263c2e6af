"""What proves a draft: settings, what was retrieved, what was found wrong, and which one stood."""

from migrations.statements import execute_file, execute_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("receipts.sql")


def downgrade() -> None:
    execute_script("""
        drop index ix_drafts_retrieval;
        alter table drafts drop column settings, drop column retrieval, drop column seconds,
            drop column previous_id, drop column proof;
        alter table explanations drop column draft_id;
    """)
