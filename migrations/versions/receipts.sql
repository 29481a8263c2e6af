alter table drafts
    add column settings jsonb not null default '{}',
    add column retrieval jsonb not null default '[]',
    add column seconds numeric(10, 3),
    add column previous_id uuid,
    add column proof bytea;
comment on column drafts.settings is 'Temperature, length and seed that the model was asked with.';
comment on column drafts.retrieval is
    'The passages at hand: citation, hash of the version, offsets in its source.';
comment on column drafts.previous_id is 'The draft that this one was to mend.';
comment on column drafts.proof is
    'Dossier and findings under the subject''s key; null on drafts older than this column.';
-- Which drafts had a passage at hand: retrieval @> '[{"version_sha256": "..."}]'
create index ix_drafts_retrieval on drafts using gin (retrieval jsonb_path_ops);

alter table explanations add column draft_id uuid;
comment on column explanations.draft_id is
    'The draft that passed; null where an approved wording was filled, and on older rows.';
