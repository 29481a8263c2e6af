create table api_keys (
    id uuid constraint pk_api_keys primary key,
    tenant_id uuid not null,
    name text not null,
    scopes text[] not null,
    digest bytea not null,
    previous_digest bytea,
    previous_until timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    rotated_at timestamptz,
    rotation_id uuid,
    revoked_at timestamptz,
    last_used_at timestamptz,
    constraint ck_api_keys_digest check (octet_length(digest) = 32),
    constraint ck_api_keys_previous check ((previous_digest is null) = (previous_until is null)),
    constraint ck_api_keys_expires_at
        check (expires_at > created_at and expires_at <= coalesce(rotated_at, created_at)
            + interval '366 days')
);
comment on table api_keys is 'Keys of lenders'' systems; of each secret its SHA-256 alone is kept.';
comment on column api_keys.rotation_id is
    'The request that rotated it last: run again, it replaces the secret that nobody was shown.';
comment on column api_keys.last_used_at is 'To some ten minutes.';
create index ix_api_keys_tenant_id on api_keys (tenant_id, id);

create table customer_links (
    id uuid constraint pk_customer_links primary key,
    tenant_id uuid not null,
    decision_id uuid not null,
    purpose text not null,
    digest bytea not null,
    issued_by text not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    opened_at timestamptz,
    wrong_codes smallint not null default 0,
    locked_at timestamptz,
    revoked_at timestamptz,
    constraint ck_customer_links_purpose check (purpose in ('read_decision', 'request_review')),
    constraint ck_customer_links_digest check (octet_length(digest) = 32),
    constraint ck_customer_links_expires_at
        check (expires_at > issued_at and expires_at <= issued_at + interval '90 days'),
    constraint ck_customer_links_wrong_codes check (wrong_codes between 0 and 5),
    constraint ck_customer_links_locked_at check ((wrong_codes = 5) = (locked_at is not null))
);
comment on table customer_links is
    'Links that customers are sent, as hashes; one is opened with the code of a letter.';
create index ix_customer_links_decision_id on customer_links (decision_id, id);

create table customer_sessions (
    id uuid constraint pk_customer_sessions primary key,
    tenant_id uuid not null,
    link_id uuid not null
        constraint fk_customer_sessions_link_id references customer_links,
    addressee text not null,
    digest bytea not null,
    opened_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    constraint ck_customer_sessions_digest check (octet_length(digest) = 32),
    constraint ck_customer_sessions_expires_at
        check (expires_at > opened_at and expires_at <= opened_at + interval '30 minutes')
);
comment on table customer_sessions is 'What an opened link lets be read, for half an hour.';
create index ix_customer_sessions_link_id on customer_sessions (link_id);

do $$
declare
    name text;
begin
    foreach name in array array['api_keys', 'customer_links', 'customer_sessions'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
end $$;
grant update (digest, previous_digest, previous_until, expires_at, rotated_at,
    rotation_id, revoked_at, last_used_at) on api_keys to rationale_app;
grant update (digest, opened_at, wrong_codes, locked_at, revoked_at) on customer_links to rationale_app;
grant update (ended_at) on customer_sessions to rationale_app;
