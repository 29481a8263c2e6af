"""Quarantine, what happens after a decision, referrals and legal holds."""

from migrations.statements import execute_file, execute_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("statutory.sql")


def downgrade() -> None:
    execute_script("""
        drop index ix_decisions_subject_id;
        revoke update (pseudonym) on subjects from rationale_app;
        drop table legal_holds, referrals, decision_events;
        alter table notices drop column form;
        alter table decisions drop column status;
    """)
