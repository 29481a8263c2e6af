create table webhook_endpoints (
    id uuid constraint pk_webhook_endpoints primary key,
    tenant_id uuid not null,
    url text not null,
    description text not null,
    events text[] not null,
    disabled text,
    failing_since timestamptz,
    secret bytea not null,
    old_secret bytea,
    old_secret_until timestamptz,
    rotation_id uuid,
    created_at timestamptz not null,
    constraint ck_webhook_endpoints_disabled check (disabled in ('asked', 'gone', 'failing')),
    constraint ck_webhook_endpoints_old_secret check
        ((old_secret is null) = (old_secret_until is null))
);
comment on table webhook_endpoints is
    'Where messages are sent; secrets are sealed under the master key.';
comment on column webhook_endpoints.rotation_id is
    'The request that made the secret: sent again it gets this secret and makes no other.';
create index ix_webhook_endpoints_tenant_id on webhook_endpoints (tenant_id, id);

create table webhook_messages (
    id uuid constraint pk_webhook_messages primary key,
    tenant_id uuid not null,
    type text not null,
    key text not null,
    body text not null,
    created_at timestamptz not null,
    constraint uq_webhook_messages_tenant_id_key unique (tenant_id, key)
);
comment on table webhook_messages is
    'The outbox: what is owed to some endpoint, written with the change that it tells of.';
create index ix_webhook_messages_created_at on webhook_messages (tenant_id, created_at);

create table webhook_deliveries (
    endpoint_id uuid not null,
    message_id uuid not null
        constraint fk_webhook_deliveries_message_id references webhook_messages on delete cascade,
    tenant_id uuid not null,
    state text not null,
    attempts integer not null,
    turn integer not null,
    outcome text,
    attempted_at timestamptz,
    next_at timestamptz,
    constraint pk_webhook_deliveries primary key (endpoint_id, message_id),
    constraint ck_webhook_deliveries_state check (state in ('pending', 'delivered', 'failed')),
    constraint ck_webhook_deliveries_next_at check ((state = 'pending') = (next_at is not null))
);
comment on column webhook_deliveries.turn is
    'Rises with every attempt recorded and every replay; a job that knows an older one is void.';
create index ix_webhook_deliveries_message_id on webhook_deliveries (message_id);
create index ix_webhook_deliveries_pending on webhook_deliveries (tenant_id, next_at)
    where state = 'pending';
create index ix_webhook_deliveries_failed on webhook_deliveries (endpoint_id, message_id)
    where state = 'failed';

do $$
declare
    name text;
begin
    foreach name in array
        array['webhook_endpoints', 'webhook_messages', 'webhook_deliveries'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert, delete on %I to rationale_app', name);
    end loop;
end $$;
grant update (url, description, events, disabled, failing_since, secret, old_secret,
    old_secret_until, rotation_id) on webhook_endpoints to rationale_app;
grant update (state, attempts, turn, outcome, attempted_at, next_at) on webhook_deliveries
    to rationale_app;
