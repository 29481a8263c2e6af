create table citations_used (
    tenant_id uuid not null,
    explanation_id uuid not null,
    place text not null,
    decision_id uuid not null,
    citation text not null,
    version_sha256 text not null,
    start_offset integer not null,
    end_offset integer not null,
    constraint pk_citations_used primary key (explanation_id, place),
    constraint ck_citations_used_offsets check (end_offset > start_offset)
);
comment on table citations_used is
    'Which words of which document version each explanation rests on. The law is no personal data: '
    'it lies in clear, so that it can be asked what a change of a passage touches.';
create index ix_citations_used_passage
    on citations_used (tenant_id, version_sha256, start_offset, end_offset);
alter table citations_used enable row level security;
alter table citations_used force row level security;
create policy tenant_isolation on citations_used using (tenant_id =
    nullif(current_setting('app.tenant', true), '')::uuid);
grant select, insert on citations_used to rationale_app;

alter table explanations add column replaces uuid, add column why text,
    add constraint ck_explanations_replaces_why check ((replaces is null) = (why is null));
comment on column explanations.replaces is
    'The version that stood until this one was asked for anew; why says on what occasion.';
