-- Keys were kept in clear. Their keyed hashes cannot be made here, for the master key is not the
-- database's to know; the external id keeps every decision one without them.
truncate idempotency_keys;
alter table idempotency_keys
    drop constraint pk_idempotency_keys,
    drop constraint ck_idempotency_keys_key,
    drop column key,
    add column key_hash bytea not null,
    add constraint pk_idempotency_keys primary key (tenant_id, key_hash),
    alter column decision_id drop not null,
    add column reserved_id uuid,
    add column token uuid,
    add column claimed_until timestamptz,
    add column answer bytea,
    add column expires_at timestamptz not null,
    add constraint ck_idempotency_keys_kind
        check (num_nonnulls(decision_id, reserved_id) = 1),
    add constraint ck_idempotency_keys_claim
        check (num_nonnulls(reserved_id, token, claimed_until) in (0, 3)),
    add constraint ck_idempotency_keys_answer
        check (answer is null or reserved_id is not null);
comment on table idempotency_keys is
    'What each Idempotency-Key stands for, by request hash: a decision, or a claim and its answer.';
comment on column idempotency_keys.key_hash is 'Keyed hash; the key itself is the client''s alone.';
comment on column idempotency_keys.reserved_id is
    'The id of what the request creates, the same however often it runs.';
comment on column idempotency_keys.claimed_until is
    'Until then its process is taken to be alive, by this server''s clock.';
comment on column idempotency_keys.answer is
    'Sealed under the master key and the client''s key together.';
create index ix_idempotency_keys_expires_at on idempotency_keys (tenant_id, expires_at);
grant update (request_sha256, token, claimed_until, answer) on idempotency_keys to rationale_app;
grant delete on idempotency_keys to rationale_app;
