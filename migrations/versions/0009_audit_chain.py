"""The audit trail's hash chain and its signed checkpoints."""

from migrations.statements import execute_file, execute_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_file("audit_chain.sql")


def downgrade() -> None:
    execute_script("""
        drop table audit_checkpoints;
        drop table audit_chain;
        drop trigger tg_audit_events_rows on audit_events;
        drop trigger tg_audit_events_truncate on audit_events;
        drop function refuse_rewriting();
        create index ix_audit_events_subject on audit_events (subject);
        drop index ix_audit_events_of_subject;
        drop index ix_audit_events_action;
        drop index ix_audit_events_actor;
        drop index ix_audit_events_at;
        drop index ix_audit_events_sealing;
        revoke insert (id, tenant_id, actor, action, subject, at, details) on audit_events
            from rationale_app;
        grant insert on audit_events to rationale_app;
        alter table audit_events drop column transaction_id;
    """)
