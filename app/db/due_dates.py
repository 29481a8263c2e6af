"""What comes due: notices nobody was handed yet, policies that end, people kept long enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from app.db.engine import Tx
from app.domain.ids import DecisionId, SubjectId

DUE_SOON = "notice.due_soon"  # the audit events that keep a warning from being given twice
ENDS_SOON = "policy.ends_soon"
ENDED = (
    "e.kind in ('withdrawn', 'superseded', 'counteroffer_accepted') or "
    "(e.kind = 'information_received' and (e.event ->> 'is_complete')::boolean)"
)
# Two ways to be late, each by its index: no notice was issued, or one was and lies there.
DUE = text(
    "with due as (select d.id, d.notice_due_at as due_at from decisions as d "  # noqa: S608 -- our own words
    "where d.tenant_id = :tenant and d.notice_due_at between :since and :until and not exists "
    "(select from notices as n where n.decision_id = d.id) union all "
    "select n.decision_id, min(n.due_at) from notices as n "
    "where n.tenant_id = :tenant and n.due_at between :since and :until and not exists "
    "(select from decision_events as e where e.decision_id = n.decision_id and e.notice_id = n.id "
    "and e.kind = 'notice_handed_over' and not exists (select from decision_events as later "
    "where later.decision_id = e.decision_id and later.notice_id = e.notice_id "
    "and later.kind = 'notice_returned' "
    "and (later.occurred_at, later.id) > (e.occurred_at, e.id))) group by n.decision_id) "
    "select due.id, min(due.due_at) as due_at from due where not exists "
    f"(select from decision_events as e where e.decision_id = due.id and ({ENDED})) and not exists "
    "(select from audit_events as a where a.subject = due.id and a.action = :warned) "
    "group by due.id order by min(due.due_at), due.id limit :limit"
)
ENDING = text(
    "select v.id, v.slug, v.effective_to from policy_versions as v where v.tenant_id = :tenant "
    "and v.published_at is not null and v.status = 'in_force' "
    "and v.effective_to between :since and :until and not exists "
    "(select from policy_versions as next where next.tenant_id = v.tenant_id "
    "and next.slug = v.slug and next.effective_from >= v.effective_to) and not exists "
    "(select from audit_events as a where a.subject = v.id and a.action = :warned) "
    "order by v.effective_to, v.id limit :limit"
)
KEPT_LONG = text(
    "select s.id from subjects as s where s.tenant_id = :tenant and s.id > :after "
    "and s.wrapped_key is not null and s.created_at <= :before and not exists "
    "(select from decisions as d where d.subject_id = s.id and d.decided_at > :before) "
    "order by s.id limit :limit"
)


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A decision whose notice comes due and was not handed over, or not even issued."""

    decision_id: DecisionId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class EndingPolicy:
    """A policy document that ends with no later version in its place."""

    version_id: UUID
    slug: str
    on: date


async def find_due(tx: Tx, *, since: datetime, until: datetime, limit: int) -> Sequence[DueNotice]:
    """List decisions whose notice is due in a stretch of time and of which nobody was warned."""
    found = await tx.session.execute(
        DUE,
        {
            "tenant": tx.tenant_id,
            "since": since,
            "until": until,
            "warned": DUE_SOON,
            "limit": limit,
        },
    )
    return [DueNotice(DecisionId(row.id), row.due_at) for row in found]


async def find_ending_policies(
    tx: Tx, *, since: date, until: date, limit: int
) -> Sequence[EndingPolicy]:
    """List the tenant's own documents that end between two days; each until it was told once."""
    found = await tx.session.execute(
        ENDING,
        {
            "tenant": tx.tenant_id,
            "since": since,
            "until": until,
            "warned": ENDS_SOON,
            "limit": limit,
        },
    )
    return [EndingPolicy(row.id, row.slug, row.effective_to) for row in found]


async def page_kept_since(
    tx: Tx, *, before: datetime, after: SubjectId, limit: int
) -> Sequence[SubjectId]:
    """List people not decided about since an instant, in the order of their ids."""
    found = await tx.session.execute(
        KEPT_LONG, {"tenant": tx.tenant_id, "before": before, "after": after, "limit": limit}
    )
    return [SubjectId(row.id) for row in found]
