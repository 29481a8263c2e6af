create table wordings (
    id uuid constraint pk_wordings primary key,
    tenant_id uuid not null,
    code text not null,
    audience text not null,
    language text not null,
    jurisdiction text not null,
    shape_sha256 text not null,
    policy_sha256 text not null,
    prompt_sha256 text not null,
    text text not null,
    drafted_by text not null,
    requested_by text not null,
    drafted_at timestamptz not null,
    content jsonb not null,
    state text not null default 'drafted',
    constraint ck_wordings_audience check (audience in ('customer', 'underwriter', 'compliance')),
    constraint ck_wordings_text check (length(text) between 1 and 1000),
    constraint ck_wordings_state check (state in
        ('drafted', 'in_review', 'approved', 'rejected', 'superseded', 'expired'))
);
comment on table wordings is
    'Texts with slots, proved over the range of their facts. Only ever inserted: `state` follows '
    'from wording_reviews, whose trigger alone sets it.';
create unique index uq_wordings_approved on wordings (tenant_id, code, audience, language,
    jurisdiction, shape_sha256, policy_sha256, prompt_sha256) where state = 'approved';
create index ix_wordings_state on wordings (tenant_id, state, id);

create table wording_reviews (
    id uuid constraint pk_wording_reviews primary key,
    tenant_id uuid not null,
    wording_id uuid not null
        constraint fk_wording_reviews_wording_id references wordings (id),
    step text not null,
    actor text not null,
    why text not null,
    at timestamptz not null,
    constraint ck_wording_reviews_why
        check (step in ('in_review', 'approved') or length(why) > 0)
);
comment on table wording_reviews is
    'What was done about a wording, by whom: put in review, approved, rejected, superseded, expired.';
create index ix_wording_reviews_wording_id on wording_reviews (wording_id, at);

-- Nothing of a wording ever changes but its state, and that by a review alone: the trigger below
-- runs one level deep, a statement at the top.
create function keep_wording() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state = 'drafted' then
            return new;
        end if;
    elsif tg_op = 'UPDATE' then
        if pg_trigger_depth() > 1 and to_jsonb(new) - 'state' = to_jsonb(old) - 'state' then
            return new;
        end if;
    end if;
    raise exception 'a wording never changes; its state follows from its reviews'
        using errcode = 'check_violation', constraint = 'ck_wordings_unchanged';
end $$;
create trigger tg_wordings_keep before insert or update or delete on wordings
    for each row execute function keep_wording();

create function keep_wording_review() returns trigger language plpgsql as $$
begin
    raise exception 'a review never changes'
        using errcode = 'check_violation', constraint = 'ck_wording_reviews_unchanged';
end $$;
create trigger tg_wording_reviews_keep before update or delete on wording_reviews
    for each row execute function keep_wording_review();

-- Security definer: the application role may not set a state itself. Row-level security is forced,
-- so the owner sees the transaction's tenant alone here too.
create function review_wording() returns trigger language plpgsql security definer
    set search_path = public as $$
declare
    held wordings;
begin
    select * into held from wordings
        where id = new.wording_id and tenant_id = new.tenant_id for update;
    if not found then
        raise exception 'there is no wording %', new.wording_id
            using errcode = 'foreign_key_violation', constraint = 'fk_wording_reviews_wording_id';
    end if;
    if (held.state, new.step) not in (('drafted', 'in_review'), ('in_review', 'approved'),
            ('in_review', 'rejected'), ('in_review', 'expired'), ('approved', 'superseded'),
            ('approved', 'expired')) then
        raise exception 'a wording that is % cannot become %', held.state, new.step
            using errcode = 'check_violation', constraint = 'ck_wording_reviews_step';
    end if;
    if new.step in ('approved', 'rejected') and (
            new.actor in (held.drafted_by, held.requested_by)
            or exists (select from wording_reviews as earlier
                where earlier.wording_id = new.wording_id and earlier.step = 'in_review'
                and earlier.actor = new.actor)) then
        raise exception 'whoever drafted a wording or asked for it does not review it'
            using errcode = 'check_violation', constraint = 'ck_wording_reviews_four_eyes';
    end if;
    update wordings set state = new.step where id = new.wording_id;
    return new;
end $$;
create trigger tg_wording_reviews_review before insert on wording_reviews
    for each row execute function review_wording();

do $$
declare
    name text;
begin
    foreach name in array array['wordings', 'wording_reviews'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert on %I to rationale_app', name);
    end loop;
end $$;

alter table explanations drop constraint ck_explanations_writer;
alter table explanations add constraint ck_explanations_writer
    check (writer in ('model', 'template', 'wording'));
