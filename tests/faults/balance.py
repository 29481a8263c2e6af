"""What must hold once the faults are over, counted in the database itself."""

import time

import asyncpg

from tests.faults.deployments import Deployment
from tests.faults.load import Ledger
from tests.faults.rows import fetch, number

OWED = """
select d.id::text || ' lacks ' || owed.what from decisions d cross join lateral (
    select 'its explanation' as what
        where cardinality(d.reason_codes) > 0 and d.status = 'recorded' and not exists (
            select from current_explanations c where c.decision_id = d.id
            and c.audience = 'customer' and c.language = 'en')
    union all select 'its notice'
        where d.notice_due_at is not null and d.status = 'recorded'
        and not exists (select from notices n where n.decision_id = d.id)) owed
"""
# Each counts rows that may not be there.
FORBIDDEN = {
    "decisions with one external id": """
        select count(*) from (select from decisions group by tenant_id, external_id
        having count(*) > 1) twice""",
    "first explanations of one decision for one reader": """
        select count(*) from (select from explanations where replaces is null
        group by decision_id, audience, language having count(*) > 1) twice""",
    "explanations that do not stand": """
        select count(*) from explanations e where not exists (select from current_explanations c
        where c.explanation_id = e.id)""",
    "notices of one duty to one addressee": """
        select count(*) from (select from notices group by decision_id, duty, addressee
        having count(*) > 1) twice""",
    "issued notices told of twice": """
        select count(*) from (select from audit_events where action = 'notice.issued'
        group by subject, details ->> 'duty', details ->> 'addressee' having count(*) > 1) twice""",
    "recorded decisions without exactly one event of it": """
        select count(*) from decisions d where d.status = 'recorded' and 1 <> (
        select count(*) from audit_events a
        where a.subject = d.id and a.action = 'decision.recorded')""",
    "notices without their audit event": """
        select abs((select count(*) from notices) - (select count(*) from audit_events
        where action = 'notice.issued'))""",
    "explanations without their audit event": """
        select abs((select count(*) from explanations) - (select count(*) from audit_events
        where action = 'explanation.published'))""",
    "jobs given up": "select count(*) from dead_jobs",
}
WORK_LEFT = "select (select count(*) from jobs) + (select count(*) from pgqueuer)"


def seconds_until_settled(deployment: Deployment, since: float, limit_s: float) -> float:
    """Wait until nothing is owed and no work is left; return the seconds since `since`."""
    while left := owed(deployment):
        waited = time.monotonic() - since
        assert waited < limit_s, f"after {waited:.0f} s still: {left[:5]} ({len(left)})"
        deployment.tend()
        time.sleep(0.25)
    return time.monotonic() - since


def owed(deployment: Deployment) -> list[str]:
    """List what decisions lack, and whether any work is left."""
    try:
        lacking = [row[0] for row in fetch(deployment.database_url, OWED)]
        left = number(deployment.database_url, WORK_LEFT)
        dead = number(deployment.database_url, "select count(*) from dead_jobs")
    except (OSError, asyncpg.PostgresError):
        return ["a database that answers"]
    assert dead == 0, f"{dead} jobs were given up"
    return [*lacking, f"{left} jobs"] if left else lacking


def explained(deployment: Deployment) -> int:
    """Count the explanations; none while the database does not answer."""
    try:
        return number(deployment.database_url, "select count(*) from explanations")
    except (OSError, asyncpg.PostgresError):
        return 0


def check_kept(deployment: Deployment, ledger: Ledger) -> None:
    """Assert that everything acknowledged is there, once, whatever is still to be done."""
    url = deployment.database_url
    assert not ledger.wrong, ledger.wrong[:5]
    rows = fetch(
        url,
        "select id, external_id from decisions where external_id = any($1)",
        list(ledger.external_ids),
    )
    assert {row["external_id"]: str(row["id"]) for row in rows} == ledger.external_ids
    assert {*ledger.decisions.values()} <= {row["id"] for row in rows}, "decisions were lost"
    for what, statement in FORBIDDEN.items():
        assert number(url, statement) == 0, what
    told = fetch(url, "select decision_id, count(*) from decision_events group by 1")
    assert {row[0]: row[1] for row in told} == dict(ledger.events)


def check(deployment: Deployment, ledger: Ledger) -> None:
    """Assert that everything acknowledged is there, once, explained as asked for and proved."""
    check_kept(deployment, ledger)
    url = deployment.database_url
    for decision, audience, language in ledger.asked:
        stands = "select count(*) from current_explanations where (decision_id, audience, language) = ($1, $2, $3)"
        assert number(url, stands, decision, audience, language) == 1
    verified = deployment.run("audit", "verify")
    assert "WHOLE: " in verified, verified
