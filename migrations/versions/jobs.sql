create table jobs (
    tenant_id uuid not null,
    key text not null,
    kind text not null,
    payload jsonb not null,
    trace jsonb not null,
    attempts integer not null default 0,
    enqueued_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    constraint pk_jobs primary key (tenant_id, key),
    constraint ck_jobs_kind check (kind in ('issue-notice', 'explain-decision', 'deliver-webhook',
        'publish-document')),
    constraint ck_jobs_key check (length(key) between 1 and 400 and starts_with(key, kind || ':')),
    constraint ck_jobs_attempts check (attempts >= 0)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000);
comment on table jobs is
    'Work that is not finished: from the transaction that makes it necessary until it is done or '
    'dead. The queue (pgqueuer) only delivers it; what the queue lost is found here. Times are the '
    'database''s, as the queue''s are.';
comment on column jobs.attempts is
    'How often it was begun: counted before it runs, so that a start that kills its worker counts.';

create table dead_jobs (
    id uuid constraint pk_dead_jobs primary key,
    tenant_id uuid not null,
    kind text not null,
    key text not null,
    payload jsonb not null,
    attempts integer not null,
    error text not null,
    code text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    constraint ck_dead_jobs_closed check ((closed_at is null) = (closed_by is null))
);
comment on table dead_jobs is
    'Work given up until a person replays it. `error` and `code` name the last failure''s class, '
    'never its message. Closed: replayed, or done by the same work since.';
create unique index uq_dead_jobs_open on dead_jobs (tenant_id, key) where closed_at is null;
create index ix_dead_jobs_tenant_id_id on dead_jobs (tenant_id, id desc);

create table schedule_runs (
    tenant_id uuid not null,
    name text not null,
    ran_at timestamptz not null,
    constraint pk_schedule_runs primary key (tenant_id, name)
);
comment on table schedule_runs is 'When each schedule last began, so that one worker runs it.';

create table tenant_directory (
    id uuid constraint pk_tenant_directory primary key,
    opened_at timestamptz not null
);
comment on table tenant_directory is
    'Which tenants there are: ids alone, so that workers find whom to serve without any policy.';

create index ix_decisions_notice_due_at on decisions (tenant_id, notice_due_at)
    where notice_due_at is not null;
create index ix_notices_tenant_id_due_at on notices (tenant_id, due_at);

do $$
declare
    name text;
begin
    foreach name in array array['jobs', 'dead_jobs', 'schedule_runs'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    end loop;
end $$;
grant select, insert, delete on jobs to rationale_app;
grant update (attempts, started_at) on jobs to rationale_app;
grant select, insert on dead_jobs to rationale_app;
grant update (attempts, error, code, last_at, closed_at, closed_by) on dead_jobs to rationale_app;
grant select, insert on schedule_runs to rationale_app;
grant update (ran_at) on schedule_runs to rationale_app;
grant select, insert on tenant_directory to rationale_app;

-- The owner is held by the policies too while they are forced; within this transaction it is not.
alter table tenants no force row level security;
alter table jobs no force row level security;
insert into tenant_directory (id, opened_at) select id, created_at from tenants;
-- What is queued, running or held becomes work like any other; its attempts begin anew.
insert into jobs (tenant_id, key, kind, payload, trace, enqueued_at)
    select distinct on (tenant_id, dedupe_key) tenant_id, dedupe_key, entrypoint, held,
        coalesce(headers, '{}'), created
    from pgqueuer, convert_from(payload, 'UTF8') as written (words),
        cast(words as jsonb) as parsed (held), cast(held ->> 'tenant_id' as uuid) as whose (tenant_id)
    where entrypoint in ('issue-notice', 'explain-decision') and dedupe_key is not null
    order by tenant_id, dedupe_key, id;
delete from pgqueuer;
insert into pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    select case kind when 'issue-notice' then 10 else 0 end, kind,
        convert_to(jsonb_build_object('tenant_id', tenant_id, 'key', key)::text, 'UTF8'),
        tenant_id || ':' || key, 'queued'
    from jobs;
alter table tenants force row level security;
alter table jobs force row level security;
drop table job_attempts;
