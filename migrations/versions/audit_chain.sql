-- Which transaction inserted an event, in the order transactions began to write. The sealer takes
-- events in this order, and only of transactions below every one still open. What is here already
-- gets 0: it comes first, ordered by id.
alter table audit_events add column transaction_id bigint not null default 0;
alter table audit_events alter column transaction_id
    set default pg_current_xact_id()::text::bigint;
comment on column audit_events.transaction_id is
    'The transaction that inserted the event; the application cannot choose it.';
revoke insert on audit_events from rationale_app;
grant insert (id, tenant_id, actor, action, subject, at, details) on audit_events to rationale_app;

create index ix_audit_events_sealing on audit_events (tenant_id, transaction_id, id);
create index ix_audit_events_at on audit_events (tenant_id, at desc, id desc);
create index ix_audit_events_actor on audit_events (tenant_id, actor, at desc, id desc);
create index ix_audit_events_action on audit_events (tenant_id, action, at desc, id desc);
create index ix_audit_events_of_subject on audit_events (tenant_id, subject, at desc, id desc);
drop index ix_audit_events_subject;

create table audit_chain (
    tenant_id uuid not null,
    seq bigint not null,
    event_id uuid not null,
    event_sha256 bytea not null,
    link_sha256 bytea not null,
    sealed_at timestamptz not null,
    constraint pk_audit_chain primary key (tenant_id, seq),
    constraint uq_audit_chain_event unique (tenant_id, event_id),
    constraint ck_audit_chain_seq check (seq > 0),
    constraint ck_audit_chain_sha256
        check (octet_length(event_sha256) = 32 and octet_length(link_sha256) = 32)
);
comment on table audit_chain is
    'One link per committed audit event: its hash, and a hash over it and the link before.';

create table audit_checkpoints (
    tenant_id uuid not null,
    seq bigint not null,
    document jsonb not null,
    made_at timestamptz not null,
    constraint pk_audit_checkpoints primary key (tenant_id, seq)
);
comment on table audit_checkpoints is
    'Signed statements of how far a chain reached; each is also in a file outside the database.';

do $$
declare
    name text;
begin
    foreach name in array array['audit_chain', 'audit_checkpoints'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
end $$;

-- The application role has no right to change these; this keeps the owner from doing so by mistake.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception '% is only ever inserted into', tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
do $$
declare
    name text;
begin
    foreach name in array array['audit_events', 'audit_chain', 'audit_checkpoints'] loop
        execute format('create trigger tg_%1$s_rows before update or delete on %1$I '
            'for each row execute function refuse_rewriting()', name);
        execute format('create trigger tg_%1$s_truncate before truncate on %1$I '
            'for each statement execute function refuse_rewriting()', name);
    end loop;
end $$;
