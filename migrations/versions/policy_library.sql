create table policy_versions (
    id uuid constraint pk_policy_versions primary key,
    tenant_id uuid,
    slug text not null,
    title text not null,
    jurisdiction text not null,
    sha256 text not null,
    effective_from date not null,
    effective_to date,
    currency_note text not null,
    licence text not null,
    attribution text not null,
    source text not null,
    recorded_at timestamptz not null,
    constraint uq_policy_versions_tenant_id_sha256 unique nulls not distinct (tenant_id, sha256),
    constraint ck_policy_versions_period check (effective_to is null or effective_to > effective_from)
);
comment on table policy_versions is
    'Versions of policy documents, source and all. tenant_id null: the library all tenants share.';

create table policy_passages (
    id uuid constraint pk_policy_passages primary key,
    tenant_id uuid,
    version_id uuid not null
        constraint fk_policy_passages_version_id references policy_versions (id),
    citation text not null,
    part smallint not null,
    heading text not null,
    body text not null,
    start_offset integer not null,
    end_offset integer not null,
    terms integer not null,
    status text not null,
    jurisdiction text not null,
    effective_from date not null,
    effective_to date,
    embedding_model text not null,
    embedding vector(384) not null,
    constraint ck_policy_passages_offsets check (end_offset > start_offset),
    constraint ck_policy_passages_status check (status in
        ('in_force', 'superseded', 'withdrawn', 'amended_text_not_held'))
);
comment on column policy_passages.start_offset is
    'In characters: substr(source, start_offset + 1, end_offset - start_offset) is the body.';
create index ix_policy_passages_citation on policy_passages (citation, part);
create index ix_policy_passages_version_id on policy_passages (version_id);
create index ix_policy_passages_embedding on policy_passages
    using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64);

create table policy_postings (
    term text not null,
    passage_id uuid not null
        constraint fk_policy_postings_passage_id references policy_passages (id),
    tenant_id uuid,
    tf smallint not null,
    constraint pk_policy_postings primary key (term, passage_id)
);
comment on table policy_postings is 'The lexical index: how often each stem occurs in a passage.';

do $$
declare
    name text;
begin
    -- Not forced: the owner, who loads the shared library at an upgrade, is not held by it.
    foreach name in array array['policy_versions', 'policy_passages', 'policy_postings'] loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy shared_or_own on %I using (tenant_id is null or tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select on %I to rationale_app', name);
    end loop;
end $$;
