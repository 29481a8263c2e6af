"""What law each explanation rests on, in clear; and which explanation replaced which."""

from migrations.statements import execute_file, execute_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("citations_used.sql")


def downgrade() -> None:
    execute_script("""
        alter table explanations drop constraint ck_explanations_replaces_why,
            drop column replaces, drop column why;
        drop table citations_used;
    """)
