create table model_budgets (
    tenant_id uuid constraint pk_model_budgets primary key,
    tokens bigint,
    micros bigint,
    set_at timestamptz not null,
    constraint ck_model_budgets_tokens check (tokens >= 0),
    constraint ck_model_budgets_micros check (micros >= 0)
);
comment on table model_budgets is
    'A tenant''s own limits per calendar month (UTC): tokens, and cost in millionths of a US '
    'dollar. Null is no limit; a tenant without a row has the limits of the settings.';

create table model_spending (
    tenant_id uuid not null,
    month date not null,
    tokens bigint not null default 0,
    micros bigint not null default 0,
    tokens_held bigint not null default 0,
    micros_held bigint not null default 0,
    constraint pk_model_spending primary key (tenant_id, month),
    constraint ck_model_spending_month check (extract(day from month) = 1),
    constraint ck_model_spending_not_negative
        check (least(tokens, micros, tokens_held, micros_held) >= 0)
);
comment on table model_spending is
    'What was spent on language models in a month. What is held belongs to calls in flight, or '
    'to calls whose process died before it could say what they cost: both count as spent.';

do $$
declare
    name text;
begin
    foreach name in array array['model_budgets', 'model_spending'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant_isolation on %I using (tenant_id = '
            'nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
        execute format('grant select, insert, update on %I to rationale_app', name);
    end loop;
end $$;
