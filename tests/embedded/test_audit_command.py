"""`rationale audit verify` as an auditor types it."""

import json
from pathlib import Path
from uuid import uuid4

import asyncpg

from app.adapters.vault import MasterKeyVault
from app.db.engine import Sessions, connect
from app.db.upgrade import to_asyncpg
from app.domain.ids import TenantId
from app.embedded import postgres
from tests.audit.conftest import Trail
from tests.embedded.test_by_hand import rationale


async def test_a_whole_trail_exits_0_and_a_harmed_one_1_with_a_line_for_each_defect(
    embedded_database: Path, server: dict[str, str]
) -> None:
    engine = connect(postgres.url(server, "service"))
    trail = Trail(
        Sessions(engine, MasterKeyVault(bytes(32))), TenantId(uuid4()), embedded_database / "audit"
    )
    keys = embedded_database / "receipt-keys"
    keys.mkdir(exist_ok=True)
    trail.folder.mkdir()
    (trail.folder / "keys").symlink_to(keys)
    await trail.grow(4)
    asked = ["audit", "verify", "--tenant", str(trail.tenant)]
    asked += ["--checkpoints", str(trail.folder / "checkpoints")]

    whole = rationale(embedded_database, *asked, "--json")
    assert whole.returncode == 0, whole.stderr[-2000:]
    told = json.loads(whole.stdout)
    assert (told["whole"], told["sealed"], told["checkpoint_outside"]) == (True, 4, 4)
    assert (told["findings"], told["unsealed"]["events"]) == ([], 0)

    superuser = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser")))
    await superuser.execute("set session_replication_role = replica")
    (_, changed, *_) = await trail.chain()
    await superuser.execute("update audit_events set actor = 'x' where id = $1", changed.event_id)
    await superuser.close()
    await engine.dispose()
    broken = rationale(embedded_database, *asked)
    assert broken.returncode == 1
    first, last = broken.stdout.decode().splitlines()
    assert first == (
        f"event-changed (seq 2, event {changed.event_id}): its columns are not those that were sealed"
    )
    assert last.startswith("BROKEN: 4 events sealed, attested outside the database up to 4")
