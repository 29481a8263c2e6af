drop table policy_postings, policy_passages, policy_versions;

create table policy_collections (
    tenant_id uuid,
    generation bigint not null default 0,
    passages integer not null default 0,
    texts integer not null default 0,
    constraint uq_policy_collections_tenant_id unique nulls not distinct (tenant_id)
);
comment on table policy_collections is
    'Passages that are numbered together: the shared library (tenant_id null) and each tenant''s '
    'own. The generation rises with every change, so that readers know what they cached is old. '
    'texts counts passages and their finding aids: each has a vector.';

create table policy_versions (
    id uuid constraint pk_policy_versions primary key,
    tenant_id uuid,
    slug text not null,
    title text not null,
    jurisdiction text not null,
    products text[] not null default '{}',
    sha256 text not null,
    media_type text not null,
    effective_from date not null,
    effective_to date,
    ended_recorded_at timestamptz,
    status text not null,
    currency_note text not null,
    licence text not null,
    attribution text not null,
    source text not null,
    original bytea,
    recorded_at timestamptz not null,
    published_at timestamptz,
    constraint uq_policy_versions_tenant_id_slug_sha256
        unique nulls not distinct (tenant_id, slug, sha256),
    constraint ck_policy_versions_period
        check (effective_to is null or effective_to >= effective_from),
    constraint ck_policy_versions_ended check ((effective_to is null) = (ended_recorded_at is null)),
    constraint ck_policy_versions_status check (status in
        ('in_force', 'superseded', 'withdrawn', 'amended_text_not_held'))
);
comment on table policy_versions is
    'Versions of policy documents, source and all. tenant_id null: the library all tenants share. '
    'published_at null: still being embedded, not searched.';
comment on column policy_versions.ended_recorded_at is
    'When it was recorded that the version ends: whoever asks what was known before sees no end.';

create table policy_passages (
    id uuid constraint pk_policy_passages primary key,
    tenant_id uuid,
    version_id uuid not null
        constraint fk_policy_passages_version_id references policy_versions (id),
    number integer not null,
    ordinal integer,
    citation text not null,
    address text not null,
    part smallint not null,
    context text not null,
    heading text not null,
    body text not null,
    start_offset integer not null,
    end_offset integer not null,
    aids text[] not null default '{}',
    refers_to text[] not null default '{}',
    stems bytea not null,
    terms integer not null,
    status text not null,
    jurisdiction text not null,
    products text[] not null default '{}',
    effective_from date not null,
    effective_to date,
    recorded_at timestamptz not null,
    ended_recorded_at timestamptz,
    constraint uq_policy_passages_version_id_number unique (version_id, number),
    constraint ck_policy_passages_offsets check (end_offset > start_offset),
    constraint ck_policy_passages_status check (status in
        ('in_force', 'superseded', 'withdrawn', 'amended_text_not_held'))
);
comment on column policy_passages.start_offset is
    'In characters: substr(source, start_offset + 1, end_offset - start_offset) is the body.';
comment on column policy_passages.ordinal is
    'Its number in the collection, as postings hold it; null until the version is published.';
comment on column policy_passages.refers_to is
    'The addresses of what the passage refers to, in order: the law''s own cross-references.';
comment on column policy_passages.stems is
    'The stems in order, 32-bit hashes, little-endian; 0 parts fields.';
comment on column policy_passages.address is 'The citation as look-ups compare it.';
create unique index uq_policy_passages_tenant_id_ordinal on policy_passages (tenant_id, ordinal)
    nulls not distinct where ordinal is not null;
create index ix_policy_passages_address on policy_passages (address text_pattern_ops, number);
create index ix_policy_passages_version_id on policy_passages (version_id, number);

create table policy_embedding_models (
    id smallint constraint pk_policy_embedding_models primary key,
    name text not null constraint uq_policy_embedding_models_name unique,
    dimensions smallint not null,
    is_searched boolean not null default false
);
comment on table policy_embedding_models is
    'Models and revisions that vectors were made with. One is searched; another may be filled '
    'beside it, and the switch is one update.';
create unique index uq_policy_embedding_models_is_searched on policy_embedding_models (is_searched)
    where is_searched;

create table policy_vectors (
    passage_id uuid not null
        constraint fk_policy_vectors_passage_id references policy_passages (id),
    model_id smallint not null
        constraint fk_policy_vectors_model_id references policy_embedding_models (id),
    number smallint not null,
    tenant_id uuid,
    embedding halfvec not null,
    constraint pk_policy_vectors primary key (passage_id, model_id, number)
);
comment on column policy_vectors.number is
    '0 is the passage itself, the others its finding aids in order. Each model has an HNSW index '
    'of its own over its rows.';

create table policy_postings (
    term text not null,
    tenant_id uuid,
    segment integer not null,
    ordinals bytea not null,
    counts bytea not null,
    constraint uq_policy_postings_term unique nulls not distinct (term, tenant_id, segment)
);
comment on table policy_postings is
    'The lexical index: which passages (ordinals, 32-bit little-endian) hold a stem and how often '
    '(8 bits), in segments of 4096 ordinals.';

do $$
declare
    name text;
begin
    -- Not forced: the owner, who loads the shared library at an upgrade, is not held by it.
    foreach name in array array['policy_collections', 'policy_versions', 'policy_passages',
                                'policy_vectors', 'policy_postings'] loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy shared_or_own on %I for select using (tenant_id is null '
            'or tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('create policy own on %I for insert with check (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
    foreach name in array array['policy_collections', 'policy_versions', 'policy_passages',
                                'policy_postings'] loop
        execute format('create policy own_change on %I for update using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    end loop;
end $$;
grant select on policy_embedding_models to rationale_app;
-- Texts never change; what may is a version's end, its publication (recorded when it happens,
-- however long the embedding took), and the index over it.
grant update on policy_collections, policy_postings to rationale_app;
grant update (effective_to, recorded_at, ended_recorded_at, status, published_at) on policy_versions
    to rationale_app;
grant update (effective_to, recorded_at, ended_recorded_at, status, ordinal) on policy_passages
    to rationale_app;
