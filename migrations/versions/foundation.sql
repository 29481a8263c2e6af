-- The application role: it reads and writes rows under the policies below, owns nothing and
-- can pass no policy. Logins are made members of it; migrations run as the owner.
do $$ begin
    create role rationale_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
exception when duplicate_object or unique_violation then null;
end $$;
grant usage on schema public to rationale_app;

create table tenants (
    id uuid constraint pk_tenants primary key,
    name text not null,
    creditor jsonb not null,
    created_at timestamptz not null
);
comment on table tenants is 'Lenders. `creditor` is the profile that notices carry.';

create table subjects (
    id uuid constraint pk_subjects primary key,
    tenant_id uuid not null,
    pseudonym bytea not null,
    wrapped_key bytea,
    created_at timestamptz not null,
    key_destroyed_at timestamptz,
    constraint uq_subjects_tenant_id_pseudonym unique (tenant_id, pseudonym),
    constraint ck_subjects_key_or_destroyed
        check ((wrapped_key is null) = (key_destroyed_at is not null))
);
comment on table subjects is
    'People decisions are about. Destroying wrapped_key makes all that it sealed unreadable.';

create table model_registrations (
    tenant_id uuid not null,
    name text not null,
    version text not null,
    registration jsonb not null,
    registered_at timestamptz not null,
    constraint pk_model_registrations primary key (tenant_id, name, version)
);
comment on table model_registrations is 'Model versions as compliance approved them.';

create table decision_keys (
    tenant_id uuid not null,
    external_id text not null,
    decision_id uuid not null,
    request_sha256 bytea not null,
    constraint pk_decision_keys primary key (tenant_id, external_id),
    constraint ck_decision_keys_external_id check (length(external_id) between 1 and 200)
);
comment on table decision_keys is
    'One decision per external id: unpartitioned, because a partitioned table can hold no such key.';

create table idempotency_keys (
    tenant_id uuid not null,
    key text not null,
    request_sha256 bytea not null,
    decision_id uuid not null,
    created_at timestamptz not null,
    constraint pk_idempotency_keys primary key (tenant_id, key),
    constraint ck_idempotency_keys_key check (length(key) between 1 and 200)
);
comment on table idempotency_keys is 'The first answer to each Idempotency-Key, by request hash.';

create table decisions (
    id uuid not null,
    tenant_id uuid not null,
    subject_id uuid not null,
    external_id text not null,
    action text not null,
    product text not null,
    reason_codes text[] not null,
    findings text[] not null,
    decided_at timestamptz not null,
    notice_due_at timestamptz,
    sealed bytea not null,
    recorded_at timestamptz not null,
    constraint pk_decisions primary key (id),
    constraint ck_decisions_action check (action in ('approved', 'declined', 'counteroffer',
        'incomplete', 'account_terminated', 'terms_changed', 'less_favorable_terms'))
) partition by range (id);
comment on table decisions is
    'Decisions as recorded; `sealed` is the whole decision under its subject''s key.';
create index ix_decisions_tenant_id_id on decisions (tenant_id, id desc);

create table drafts (
    id uuid not null,
    tenant_id uuid not null,
    decision_id uuid not null,
    audience text not null,
    language text not null,
    attempt smallint not null,
    writer text not null,
    model text not null,
    prompt_sha256 text not null,
    rules_broken text[] not null,
    sealed bytea not null,
    written_at timestamptz not null,
    constraint pk_drafts primary key (id)
) partition by range (id);
comment on table drafts is 'Every draft a writer proposed, with the rules it broke.';
create index ix_drafts_decision_id on drafts (decision_id);

create table explanations (
    id uuid not null,
    tenant_id uuid not null,
    decision_id uuid not null,
    audience text not null,
    language text not null,
    writer text not null,
    model text not null,
    attempts smallint not null,
    input_tokens integer not null,
    output_tokens integer not null,
    seconds numeric(10, 3) not null,
    sealed bytea not null,
    written_at timestamptz not null,
    constraint pk_explanations primary key (id),
    constraint ck_explanations_writer check (writer in ('model', 'template'))
) partition by range (id);
comment on table explanations is 'Verified explanations, each with the evidence of every sentence.';
create index ix_explanations_decision_id on explanations (decision_id);

create table current_explanations (
    tenant_id uuid not null,
    decision_id uuid not null,
    audience text not null,
    language text not null,
    explanation_id uuid not null,
    constraint pk_current_explanations primary key (decision_id, audience, language)
);
comment on table current_explanations is
    'One current explanation per decision, audience and language.';

create table notices (
    id uuid constraint pk_notices primary key,
    tenant_id uuid not null,
    decision_id uuid not null,
    duty text not null,
    addressee text not null,
    due_at timestamptz not null,
    issued_at timestamptz not null,
    content_sha256 text not null,
    sealed bytea not null,
    constraint uq_notices_decision_id_duty_addressee unique (decision_id, duty, addressee)
);
comment on table notices is 'Notices as issued: one per duty and addressee, never changed.';

create table job_attempts (
    tenant_id uuid not null,
    decision_id uuid not null,
    kind text not null,
    started integer not null,
    constraint pk_job_attempts primary key (decision_id, kind)
);
comment on table job_attempts is
    'How often work on a decision was begun: counted before it runs, so that crashes count.';

create table audit_events (
    id uuid not null,
    tenant_id uuid not null,
    actor text not null,
    action text not null,
    subject uuid not null,
    at timestamptz not null,
    details jsonb not null,
    constraint pk_audit_events primary key (id)
) partition by range (id);
comment on table audit_events is 'Append-only: the application role may insert and read, no more.';
create index ix_audit_events_subject on audit_events (subject);

-- The lowest UUIDv7 of an instant: its first 48 bits are milliseconds since 1970.
create function uuidv7_floor(instant timestamptz) returns uuid
    language sql immutable parallel safe
    return (lpad(to_hex((extract(epoch from instant) * 1000)::bigint), 12, '0')
        || '00000000000000000000')::uuid;

create function create_monthly_partitions(first_month date, months integer) returns void
    language plpgsql as $$
declare
    parent text;
    starts date;
    lower_bound timestamptz;
    upper_bound timestamptz;
begin
    foreach parent in array array['decisions', 'drafts', 'explanations', 'audit_events'] loop
        for i in 0 .. months - 1 loop
            starts := (date_trunc('month', first_month) + make_interval(months => i))::date;
            lower_bound := starts::timestamp at time zone 'UTC';
            upper_bound := (starts + interval '1 month')::timestamp at time zone 'UTC';
            execute format(
                'create table if not exists %I partition of %I for values from (%L) to (%L)',
                parent || '_' || to_char(starts, 'YYYY_MM'), parent,
                uuidv7_floor(lower_bound), uuidv7_floor(upper_bound));
        end loop;
        execute format('create table if not exists %I partition of %I default',
            parent || '_other', parent);
    end loop;
end $$;
comment on function create_monthly_partitions is
    'Run at each upgrade; ids outside the months made so far fall into the default partition.';
select create_monthly_partitions(current_date, 18);

do $$
declare
    name text;
begin
    foreach name in array array['subjects', 'model_registrations', 'decision_keys',
        'idempotency_keys', 'decisions', 'drafts', 'explanations', 'current_explanations',
        'notices', 'job_attempts', 'audit_events'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        -- nullif: an unset tenant reads as '' once a transaction has set it, and must match nothing
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
end $$;
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant_isolation on tenants
    using (id = nullif(current_setting('app.tenant', true), '')::uuid);
grant select, insert on tenants to rationale_app;
grant update (creditor) on tenants to rationale_app;
grant update on current_explanations, job_attempts to rationale_app;
grant update (wrapped_key, key_destroyed_at) on subjects to rationale_app;
