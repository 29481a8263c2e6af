alter table decisions add column status text not null default 'recorded'
    constraint ck_decisions_status check (status in ('recorded', 'quarantined'));
comment on column decisions.status is
    'quarantined: the lender acted, but a check failed; the notice clock runs all the same.';
create index ix_decisions_quarantined on decisions (tenant_id, notice_due_at)
    where status = 'quarantined';

alter table notices add column form text not null default '';

create table decision_events (
    id uuid constraint pk_decision_events primary key,
    tenant_id uuid not null,
    decision_id uuid not null,
    kind text not null,
    notice_id uuid,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    event jsonb not null,
    constraint ck_decision_events_kind check (kind in ('reasons_requested',
        'counteroffer_accepted', 'counteroffer_lapsed', 'information_received', 'withdrawn',
        'notice_handed_over', 'notice_returned', 'review_requested', 'review_concluded',
        'superseded'))
);
comment on table decision_events is
    'What happened after a decision, as it was told to us; only ever inserted.';
create index ix_decision_events_decision_id on decision_events (decision_id, occurred_at);

create table referrals (
    id uuid constraint pk_referrals primary key,
    tenant_id uuid not null,
    subject_id uuid not null,
    external_id text not null,
    product text not null,
    why text not null,
    received_at timestamptz not null,
    due_at timestamptz not null,
    referred_at timestamptz not null,
    sealed bytea not null,
    decision_id uuid,
    constraint uq_referrals_tenant_id_external_id unique (tenant_id, external_id)
);
comment on table referrals is
    'Applications that no model answered for: a person decides, within the same thirty days.';

create table legal_holds (
    id uuid constraint pk_legal_holds primary key,
    tenant_id uuid not null,
    decision_id uuid not null,
    why text not null,
    placed_at timestamptz not null,
    lifted_at timestamptz
);
comment on table legal_holds is 'Investigations and suits that keep records (1002.12(b)(4)).';
create index ix_legal_holds_decision_id on legal_holds (decision_id) where lifted_at is null;

do $$
declare
    name text;
begin
    foreach name in array array['decision_events', 'referrals', 'legal_holds'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
end $$;
grant update (decision_id) on referrals to rationale_app;
grant update (lifted_at) on legal_holds to rationale_app;
grant update (pseudonym) on subjects to rationale_app;
create index ix_decisions_subject_id on decisions (subject_id);
