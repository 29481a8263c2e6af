"""Decisions, explanations, notices, audit and the queue, under row-level security."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from migrations.statements import execute_file, execute_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "audit_events",
    "job_attempts",
    "notices",
    "current_explanations",
    "explanations",
    "drafts",
    "decisions",
    "idempotency_keys",
    "decision_keys",
    "model_registrations",
    "subjects",
    "tenants",
)


def upgrade() -> None:
    execute_file("foundation.sql")
    queue = QueryBuilderEnvironment()
    execute_script(queue.build_install_query())
    # A NOTIFY inside a transaction takes a lock that serialises all commits.
    execute_script("""
        drop trigger tg_pgqueuer_changed on pgqueuer;
        grant select, insert, update, delete on pgqueuer, pgqueuer_log, pgqueuer_schedules,
            pgqueuer_statistics to rationale_app;
        grant usage on all sequences in schema public to rationale_app;
    """)


def downgrade() -> None:
    queue = QueryBuilderEnvironment()
    execute_script("""
        create trigger tg_pgqueuer_changed after insert or update or delete or truncate
            on pgqueuer execute function fn_pgqueuer_changed();
    """)
    execute_script(queue.build_uninstall_query())
    execute_script("".join(f"drop table {name} cascade;" for name in TABLES))
    execute_script("""
        drop function create_monthly_partitions(date, integer);
        drop function uuidv7_floor(timestamptz);
        revoke usage on schema public from rationale_app;
    """)
