"""Attempts of every kind of job, dead jobs, and the tenants that workers serve."""

from migrations.statements import execute_file, execute_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Work is handed back to the queue alone, as it was kept before; attempts begin anew.
DOWNGRADE = """
    alter table jobs no force row level security;
    delete from pgqueuer;
    insert into pgqueuer (priority, entrypoint, payload, headers, dedupe_key, status)
        select case kind when 'issue-notice' then 10 else 0 end, kind,
            convert_to(payload::text, 'UTF8'), trace, key, 'queued'
        from jobs where kind in ('issue-notice', 'explain-decision');
    drop index ix_decisions_notice_due_at, ix_notices_tenant_id_due_at;
    drop table jobs, dead_jobs, schedule_runs, tenant_directory;
    create table job_attempts (
        tenant_id uuid not null,
        decision_id uuid not null,
        kind text not null,
        started integer not null,
        constraint pk_job_attempts primary key (decision_id, kind)
    );
    comment on table job_attempts is
        'How often work on a decision was begun: counted before it runs, so that crashes count.';
    alter table job_attempts enable row level security;
    alter table job_attempts force row level security;
    create policy tenant_isolation on job_attempts using (tenant_id =
        nullif(current_setting('app.tenant', true), '')::uuid);
    grant select, insert, update on job_attempts to rationale_app;
"""


def upgrade() -> None:
    execute_file("jobs.sql")


def downgrade() -> None:
    execute_script(DOWNGRADE)
