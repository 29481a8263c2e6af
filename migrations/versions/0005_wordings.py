"""Reviewed wordings: what is said of a reason, once a second person has approved it."""

from migrations.statements import execute_file, execute_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("wordings.sql")


def downgrade() -> None:
    # Explanations that carry reviewed wordings stay; the constraint binds those written from now.
    execute_script("""
        drop table wording_reviews, wordings;
        drop function review_wording(), keep_wording_review(), keep_wording();
        alter table explanations drop constraint ck_explanations_writer;
        alter table explanations add constraint ck_explanations_writer
            check (writer in ('model', 'template')) not valid;
    """)
