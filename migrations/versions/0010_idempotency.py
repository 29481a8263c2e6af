"""Stored answers to requests that carry an Idempotency-Key."""

from migrations.statements import execute_file, execute_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("idempotency.sql")


def downgrade() -> None:
    execute_script("""
        truncate idempotency_keys;
        drop index ix_idempotency_keys_expires_at;
        revoke delete on idempotency_keys from rationale_app;
        alter table idempotency_keys
            drop constraint ck_idempotency_keys_kind,
            drop constraint ck_idempotency_keys_claim,
            drop constraint ck_idempotency_keys_answer,
            drop constraint pk_idempotency_keys,
            drop column key_hash,
            drop column reserved_id,
            drop column token,
            drop column claimed_until,
            drop column answer,
            drop column expires_at,
            alter column decision_id set not null,
            add column key text not null,
            add constraint pk_idempotency_keys primary key (tenant_id, key),
            add constraint ck_idempotency_keys_key check (length(key) between 1 and 200);
        comment on table idempotency_keys is
            'The first answer to each Idempotency-Key, by request hash.';
    """)
