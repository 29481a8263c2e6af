"""Whatever is done to a sealed trail past every rule is found, and the row named."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.adapters.checkpoint_files import CheckpointFiles
from app.adapters.checkpoint_signer import Ed25519CheckpointSigner
from app.adapters.ed25519_signer import Ed25519Signer, ReceiptBroken, check_receipt
from app.adapters.receipt_keys import KeyFolder, read_jwks, to_jwks
from app.domain.audit_chain import Head, extend, genesis
from app.domain.audit_findings import MOST_FINDINGS, Finding, Findings
from app.domain.audit_verification import ChainWalk, StandingLink
from app.domain.checkpoints import BrokenCheckpoint, Checkpoint, Contradiction, SignedCheckpoint
from app.domain.ids import EventId, TenantId
from app.domain.receipts import SignedReceipt
from tests.audit.conftest import Trail, now

EVENTS = 12


@pytest.fixture
async def sealed(trail: Trail) -> Trail:
    """Twelve events, with checkpoints over seven and over twelve."""
    await trail.grow(7)
    await trail.grow(5)
    return trail


async def id_at(trail: Trail, seq: int) -> EventId:
    return EventId((await trail.chain())[seq - 1].event_id)


async def rewrite(superuser: asyncpg.Connection, trail: Trail, first: int) -> None:
    """Make the links from one on anew, as the events now stand: what a superuser can do."""
    tenant = trail.tenant
    events = await superuser.fetch(
        "delete from audit_chain where tenant_id = $1 and seq >= $2 returning event_id",
        tenant,
        first,
    )
    assert events
    trail.mark = None
    await trail.seal_all(EVENTS)


async def test_an_untouched_trail_is_whole(sealed: Trail) -> None:
    verified = await sealed.verify()
    assert verified.is_whole
    assert verified.head.seq == EVENTS
    assert verified.outside is not None
    assert verified.outside.checkpoint.seq == EVENTS
    assert verified.unsealed.count == 0
    assert len(sealed.file.read_text().splitlines()) == 2


async def test_a_trail_without_events_is_whole(trail: Trail) -> None:
    verified = await trail.verify()
    assert verified.is_whole
    assert (verified.head.seq, verified.outside, verified.unsealed.count) == (0, None, 0)
    assert await trail.checkpoint() is None
    assert not trail.file.exists()


async def test_the_unsealed_window_is_stated(sealed: Trail) -> None:
    async with sealed.sessions.begin(sealed.tenant) as slow:
        await sealed.append(slow)
        await sealed.write(2)
        await sealed.seal()
        verified = await sealed.verify()
        assert verified.is_whole
        assert verified.unsealed.count == 2
        assert verified.unsealed.oldest_at is not None


@pytest.mark.parametrize(
    "column",
    [
        "actor = 'nobody'",
        "action = 'other'",
        "subject = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "at = 'infinity'",
        "details = '{}'",
        "details = details || '{\"n\": 1}'",
        "transaction_id = transaction_id + 1",
    ],
)
async def test_a_changed_event_is_named_whatever_its_column(
    sealed: Trail, superuser: asyncpg.Connection, column: str
) -> None:
    changed = await id_at(sealed, 5)
    await superuser.execute(f"update audit_events set {column} where id = $1", changed)
    assert await sealed.defects() == [("event-changed", 5, 5)]
    (found,) = (await sealed.verify()).findings
    assert found.event_id == changed
    assert str(changed) in found.line


async def test_a_removed_event_is_named(sealed: Trail, superuser: asyncpg.Connection) -> None:
    await superuser.execute("delete from audit_events where id = $1", await id_at(sealed, 12))
    assert await sealed.defects() == [("event-removed", 12, 12)]


async def test_an_event_given_to_another_tenant_is_missed(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(
        "update audit_events set tenant_id = gen_random_uuid() where id = $1",
        await id_at(sealed, 3),
    )
    assert await sealed.defects() == [("event-removed", 3, 3)]


async def test_an_event_put_among_sealed_ones_is_named(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    neighbour = await id_at(sealed, 5)
    inserted = await superuser.fetchval(
        "insert into audit_events select gen_random_uuid(), tenant_id, actor, action, subject, at,"
        " details, transaction_id from audit_events where id = $1 returning id",
        neighbour,
    )
    sealed.mark = None
    await sealed.seal()
    (found,) = (await sealed.verify()).findings
    assert (found.defect, found.event_id) == ("event-inserted", inserted)


async def test_events_and_their_links_cut_out_leave_a_gap(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(
        "with gone as (delete from audit_chain where tenant_id = $1 and seq between 4 and 6"
        " returning event_id) delete from audit_events where id in (select event_id from gone)",
        sealed.tenant,
    )
    assert await sealed.defects() == [("link-removed", 4, 6)]


async def test_a_gap_closed_by_renumbering_is_found(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    await superuser.execute("delete from audit_events where id = $1", await id_at(sealed, 4))
    await superuser.execute(
        "delete from audit_chain where tenant_id = $1 and seq = 4", sealed.tenant
    )
    for by in (100, -101):
        await superuser.execute(
            "update audit_chain set seq = seq + $2 where tenant_id = $1 and seq > 4",
            sealed.tenant,
            by,
        )
    found = await sealed.defects()
    assert ("link-removed", 4, 4) in found
    assert ("tail-cut", 12, 12) in found
    assert not any(defect == "link-broken" for defect, *_ in found)


async def test_a_link_put_in_with_the_rest_renumbered_is_found(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    for by in (100, -99):
        await superuser.execute(
            "update audit_chain set seq = seq + $2 where tenant_id = $1 and seq >= 4",
            sealed.tenant,
            by,
        )
    await superuser.execute(
        "insert into audit_chain select tenant_id, 4, gen_random_uuid(), event_sha256, link_sha256,"
        " sealed_at from audit_chain where tenant_id = $1 and seq = 9",
        sealed.tenant,
    )
    found = await sealed.defects()
    assert ("link-inserted", 4, 4) in found
    assert ("event-removed", 4, 4) in found
    assert not any(defect == "link-broken" for defect, *_ in found)


@pytest.mark.parametrize(("one", "other"), [(4, 9), (4, 5), (1, 12)])
async def test_links_that_changed_places_are_named_and_no_others(
    sealed: Trail, superuser: asyncpg.Connection, one: int, other: int
) -> None:
    for before, after in ((one, 100), (other, one), (100, other)):
        await superuser.execute(
            "update audit_chain set seq = $3 where tenant_id = $1 and seq = $2",
            sealed.tenant,
            before,
            after,
        )
    found = [each for each in await sealed.defects() if each[0] != "chain-rewritten"]
    assert found == [("link-moved", one, one), ("link-moved", other, other)]


async def test_events_that_changed_places_are_named(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    one, other = await id_at(sealed, 4), await id_at(sealed, 9)
    for before, after in ((one, None), (other, one), (None, other)):
        spare = "00000000-0000-7000-8000-000000000000"
        await superuser.execute(
            "update audit_chain set event_id = $3 where tenant_id = $1 and event_id = $2",
            sealed.tenant,
            before or spare,
            after or spare,
        )
    assert await sealed.defects() == [("event-moved", 4, 4), ("event-moved", 9, 9)]


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ("event_sha256 = sha256('x')", "link-changed"),
        ("link_sha256 = sha256('x')", "link-changed"),
        ("sealed_at = sealed_at + interval '1 day'", "link-broken"),
        ("sealed_at = '-infinity'", "link-broken"),
    ],
)
async def test_a_changed_link_is_named(
    sealed: Trail, superuser: asyncpg.Connection, change: str, defect: str
) -> None:
    await superuser.execute(
        f"update audit_chain set {change} where tenant_id = $1 and seq = 5", sealed.tenant
    )
    found = await sealed.defects()
    assert found[0] == (defect, 5, 5)
    assert len(found) == 1


async def test_an_emptied_trail_is_found(sealed: Trail, superuser: asyncpg.Connection) -> None:
    await superuser.execute("delete from audit_events where tenant_id = $1", sealed.tenant)
    assert await sealed.defects() == [("event-removed", 1, 12)]


async def test_truncated_tables_are_found(trail: Trail, superuser: asyncpg.Connection) -> None:
    await trail.grow(5)
    await superuser.execute("truncate audit_events, audit_chain")
    assert await trail.defects() == [("tail-cut", 1, 5)]
    assert isinstance(await trail.checkpoint(), Contradiction)


async def test_a_cut_off_tail_is_told_by_the_file_alone(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    """Events, links and checkpoints after the seventh are gone from the database."""
    await superuser.execute(
        "with gone as (delete from audit_chain where tenant_id = $1 and seq > 7 returning event_id)"
        " delete from audit_events where id in (select event_id from gone)",
        sealed.tenant,
    )
    await superuser.execute(
        "delete from audit_checkpoints where tenant_id = $1 and seq > 7", sealed.tenant
    )
    held = sealed.file.read_text().splitlines(keepends=True)
    sealed.file.write_text(held[0])
    assert await sealed.defects() == []
    sealed.file.write_text("".join(held))
    assert await sealed.defects() == [("tail-cut", 8, 12), ("checkpoint-removed", 12, 12)]


async def test_a_chain_written_anew_is_not_the_one_attested(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    """A consistent chain over a changed event: every link fits, the checkpoints do not."""
    await superuser.execute(
        "update audit_events set actor = 'nobody' where id = $1", await id_at(sealed, 9)
    )
    await rewrite(superuser, sealed, 9)
    assert await sealed.defects() == [("chain-rewritten", 8, 12)]
    await sealed.write(1)
    await sealed.seal_all(EVENTS + 1)
    refused = await sealed.checkpoint()
    assert isinstance(refused, Contradiction)
    assert refused.checkpoint.seq == 12


async def test_a_cut_chain_that_grew_again_over_the_same_events_is_found(
    sealed: Trail, superuser: asyncpg.Connection
) -> None:
    await rewrite(superuser, sealed, 8)
    assert await sealed.defects() == [("chain-rewritten", 8, 12)]


async def test_a_removed_checkpoint_is_found(sealed: Trail, superuser: asyncpg.Connection) -> None:
    await superuser.execute(
        "delete from audit_checkpoints where tenant_id = $1 and seq = 7", sealed.tenant
    )
    assert await sealed.defects() == [("checkpoint-removed", 12, 12)]
    await superuser.execute("delete from audit_checkpoints where tenant_id = $1", sealed.tenant)
    assert await sealed.defects() == [("checkpoint-removed", 12, 12)]
    await sealed.grow(1)
    assert [defect for defect, *_ in await sealed.defects()] == ["checkpoint-removed"]


async def test_a_line_taken_out_of_the_file_is_found(sealed: Trail) -> None:
    held = sealed.file.read_text().splitlines(keepends=True)
    sealed.file.write_text(held[1])
    assert await sealed.defects() == [("checkpoint-removed", 12, 12)]
    sealed.file.write_text("".join(reversed(held)))
    assert {defect for defect, *_ in await sealed.defects()} == {
        "checkpoint-removed",
        "checkpoint-moved",
    }
    sealed.file.unlink()
    assert await sealed.defects() == [("checkpoint-removed", 0, 0)]


async def test_a_forged_checkpoint_is_found_and_nothing_signed_beside_it(
    sealed: Trail, tmp_path: Path
) -> None:
    genuine = json.loads(sealed.file.read_text().splitlines()[1])
    stranger = Ed25519CheckpointSigner(KeyFolder(tmp_path / "others"), now)
    made = Checkpoint.of(genuine["content"])
    forged: list[Any] = [
        {**genuine, "content": {**genuine["content"], "seq": 11}},
        {**genuine, "signature": genuine["signature"][::-1]},
        stranger.sign(made).to_document(),
        {"content": {}, "signature": ""},
        [],
        "x",
    ]
    whole = sealed.file.read_bytes()
    for document in forged:
        sealed.file.write_bytes(whole + json.dumps(document).encode() + b"\n")
        assert await sealed.defects() == [("checkpoint-forged", 0, 0)], document
        await sealed.write(1)
        assert isinstance(await sealed.checkpoint(), BrokenCheckpoint)
    sealed.file.write_bytes(whole + b"\x00 nonsense\nmore\n")
    assert [defect for defect, *_ in await sealed.defects()] == ["checkpoint-forged"] * 2


async def test_a_line_that_a_crash_cut_short_is_made_good(sealed: Trail) -> None:
    held = sealed.file.read_bytes()
    sealed.file.write_bytes(held[:-50])
    assert await sealed.defects() == []
    assert await sealed.checkpoint() is None  # nothing new to sign; the file gets what it lacks
    assert sealed.file.read_bytes().endswith(held.splitlines(keepends=True)[1])
    assert await sealed.defects() == []
    await sealed.grow(1)
    assert (await sealed.verify()).is_whole


async def test_a_lost_folder_is_filled_again_from_the_database(sealed: Trail) -> None:
    held = sealed.file.read_bytes()
    sealed.file.unlink()
    assert await sealed.checkpoint() is None
    assert sealed.file.read_bytes() == held


async def test_a_checkpoint_and_a_receipt_never_pass_for_each_other(trail: Trail) -> None:
    """The same key signs both; what is signed is told apart by its first byte."""
    await trail.grow(1)
    keys = KeyFolder(trail.folder / "keys")
    published = read_jwks(json.dumps(to_jwks(keys.public_keys())).encode())
    document = json.loads(trail.file.read_text())
    with pytest.raises(ReceiptBroken):
        check_receipt(json.dumps(document).encode(), published)
    receipt: SignedReceipt = Ed25519Signer(keys, now).sign(document["content"])
    dressed = {"content": dict(receipt.content), "signature": receipt.signature}
    assert isinstance(trail.signer.read(dressed, "here"), BrokenCheckpoint)
    assert isinstance(trail.signer.read(document, "here"), SignedCheckpoint)


async def test_another_tenants_checkpoint_proves_nothing(sealed: Trail, tmp_path: Path) -> None:
    other = replace(sealed, tenant=TenantId(await id_at(sealed, 1)), mark=None)
    await other.grow(1)
    CheckpointFiles(tmp_path / "checkpoints").path(sealed.tenant).write_bytes(
        other.file.read_bytes()
    )
    found = [defect for defect, *_ in await sealed.defects()]
    assert found == ["checkpoint-forged", "checkpoint-removed"]


def test_findings_take_bounded_room() -> None:
    """Every second event is changed: many findings, of which a part is listed and all counted."""
    findings = Findings()
    tenant = TenantId(UUID(int=1))
    walk = ChainWalk(tenant, findings)
    ids = [EventId(UUID(int=n)) for n in range(5000)]
    links = extend(genesis(tenant), [(each, b"e" * 32) for each in ids], at=now())
    for link in links:
        walk.read(StandingLink(link, b"x" * 32 if link.seq % 2 else link.event_sha256))
    walk.end()
    assert len(findings.listed()) == MOST_FINDINGS
    assert findings.left_out == 1500
    assert walk.head == Head(5000, links[-1].link_sha256)


def test_neighbours_are_told_as_one() -> None:
    findings = Findings()
    for seq in (1, 2, 3, 5):
        findings.add(Finding("event-removed", seq, seq, "gone"))
    assert [found.line for found in findings.listed()] == [
        "event-removed (seq 1 to 3): gone",
        "event-removed (seq 5): gone",
    ]
