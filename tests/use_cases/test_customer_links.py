"""Links and codes: two things open a decision, and neither is found out by guessing."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.db.engine import Sessions
from app.domain.access import GRANTS, Permission, Role
from app.domain.access_codes import ALPHABET, LENGTH, MASKED, access_code, plain
from app.domain.customers import LONGEST_LINK, MOST_WRONG_CODES, PURPOSES, SESSION, LinkPurpose
from app.domain.decisions import Decision
from app.domain.errors import InvalidFields, NotAuthenticated
from app.domain.identity_errors import LinkNotFound, LinkRefused
from app.domain.ids import LinkId, TenantId
from app.domain.notices.notice import content_sha256, to_json
from app.use_cases.customer_links import IssuedLink, issue_link, list_links, revoke_link
from app.use_cases.open_session import (
    REFUSED_AFTER_S,
    OpenedSession,
    authenticate_session,
    end_session,
    open_session,
)
from app.use_cases.view_decision import view_letters
from tests.use_cases.identified import Office, new_id

WRONG = "AAAA-AAAA"


@pytest.fixture
def office(sessions: Sessions, tenant: TenantId) -> Office:
    return Office(sessions, tenant)


async def linked(
    office: Office, decision: Decision, purpose: LinkPurpose = "read_decision"
) -> IssuedLink:
    until = office.time.now + timedelta(days=10)
    made: dict[str, Any] = {"actor": office.actor(), **office.making}
    return await issue_link(LinkId(new_id()), decision.id, purpose, until, **made)


async def codes(office: Office, decision: Decision) -> dict[str, str]:
    """The codes as the letters show them, by addressee."""
    letters = await view_letters(decision.id, actor=office.actor(), sessions=office.sessions)
    return {letter.notice.addressee: letter.code for letter in letters}


async def opened(office: Office, link: IssuedLink, code: str) -> OpenedSession:
    return await open_session(link.text, code, **office.making)


async def refused(office: Office, link: str, code: str) -> str:
    with pytest.raises(LinkRefused) as refusal:
        await open_session(link, code, **office.making)
    return str(refusal.value)


async def test_each_addressee_opens_the_link_with_the_code_of_their_own_letter(
    office: Office,
) -> None:
    decision, _ = await office.decided()
    link = await linked(office, decision)
    by_addressee = await codes(office, decision)
    assert len(set(by_addressee.values())) == 2

    for addressee, code in by_addressee.items():
        typed = f" {code.replace('-', ' ').lower()} "
        session = (await opened(office, link, typed)).session
        assert (session.addressee, session.decision_id) == (addressee, decision.id)
        assert session.expires_at == office.time.now + SESSION
    assert await office.audited(decision.id) == [
        "decision.recorded",
        "notice.issued",
        "notice.issued",
        "link.issued",
        "link.opened",
        "link.opened",
    ]


async def test_a_customer_reads_their_own_letters_alone(office: Office) -> None:
    """A score is shown to nobody but the person it is about."""
    decision, _ = await office.decided()
    link = await linked(office, decision)
    code = (await codes(office, decision))["joint-1"]
    session = await opened(office, link, code)
    customer = await authenticate_session(session.text, sessions=office.sessions, clock=office.time)
    letters = await view_letters(decision.id, actor=customer, sessions=office.sessions)

    assert [letter.notice.addressee for letter in letters] == ["joint-1"]
    assert letters[0].code == code


@pytest.mark.parametrize("role", Role)
async def test_only_who_delivers_letters_sees_their_codes(office: Office, role: Role) -> None:
    decision, _ = await office.decided("c3-credit-scoring")
    actor = office.actor(role)
    letters = await view_letters(decision.id, actor=actor, sessions=office.sessions)
    is_shown = actor.may(Permission.DELIVER_NOTICES)

    assert (letters[0].code != MASKED) is is_shown
    assert is_shown is (role in {Role.COMPLIANCE, Role.SERVICE})


async def test_a_code_stands_in_no_hash_and_nowhere_in_the_database(office: Office) -> None:
    decision, notices = await office.decided()
    link = await linked(office, decision)
    code = (await codes(office, decision))["primary"]
    async with office.sessions.begin(office.tenant_id) as tx:
        assert code == access_code(tx.vault, notices[0].id)
        hashed = await tx.session.execute(
            text("select content_sha256 from notices where id = :id"), {"id": notices[0].id}
        )
        assert hashed.scalar_one() == content_sha256(notices[0])
        held = await tx.session.execute(
            text("select l::text from customer_links l where id = :id"), {"id": link.link.id}
        )
        assert link.text.rpartition("_")[2] not in held.scalar_one()
    assert plain(code) not in plain(str(to_json(notices[0])))
    assert len(plain(code)) == LENGTH
    assert set(plain(code)) <= set(ALPHABET)


async def test_nothing_tells_why_a_link_does_not_open(office: Office) -> None:
    decision, _ = await office.decided()
    code = (await codes(office, decision))["primary"]
    good, expired, revoked, locked = [await linked(office, decision) for _ in range(4)]
    of: dict[str, Any] = {"actor": office.actor(), **office.parts}
    await revoke_link(decision.id, revoked.link.id, **of)
    for _ in range(MOST_WRONG_CODES):
        await refused(office, locked.text, WRONG)
    head, secret = good.text[:67], good.text[68:]
    tried = {
        "a wrong code": (good.text, WRONG),
        "no code": (good.text, ""),
        "a code in no alphabet": (good.text, "ñandú\N{SNOWMAN}"),
        "revoked": (revoked.text, code),
        "locked": (locked.text, code),
        "a guessed secret": (f"{head}_{'0' * 64}", code),
        "a guessed link": (f"rl_{office.tenant_id.hex}{new_id().hex}_{secret}", code),
        "a guessed tenant": (f"rl_{new_id().hex}{good.link.id.hex}_{secret}", code),
        "no link": ("https://bank.example/", code),
        "another credential": (f"rk{good.text[2:]}", code),
    }
    answers, took = set(), {}
    for what, (link, tried_code) in tried.items():
        began = time.monotonic()
        answers.add(await refused(office, link, tried_code))
        took[what] = time.monotonic() - began
    office.time.passes(days=10)
    answers.add(await refused(office, expired.text, code))

    assert len(answers) == 1
    assert min(took.values()) >= REFUSED_AFTER_S


async def test_five_wrong_codes_lock_a_link_and_a_right_one_begins_anew(office: Office) -> None:
    decision, _ = await office.decided()
    link = await linked(office, decision)
    code = (await codes(office, decision))["primary"]
    for _ in range(MOST_WRONG_CODES - 1):
        await refused(office, link.text, WRONG)
    await opened(office, link, code)
    for _ in range(MOST_WRONG_CODES):
        await refused(office, link.text, WRONG)
    await refused(office, link.text, code)

    (listed,) = await list_links(decision.id, actor=office.actor(), sessions=office.sessions)
    assert (listed.wrong_codes, listed.locked_at) == (MOST_WRONG_CODES, office.time.now)
    assert (await office.audited(decision.id))[-1] == "link.locked"


async def test_a_guessed_secret_locks_nobody_out(office: Office) -> None:
    decision, _ = await office.decided()
    link = await linked(office, decision)
    for _ in range(MOST_WRONG_CODES):
        await refused(office, f"{link.text[:67]}_{'0' * 64}", WRONG)
    await opened(office, link, (await codes(office, decision))["primary"])


async def test_another_decisions_code_opens_nothing(office: Office) -> None:
    decision, _ = await office.decided()
    other, _ = await office.decided()
    link = await linked(office, decision)
    await refused(office, link.text, (await codes(office, other))["primary"])


async def test_a_session_ends_by_itself_by_word_and_with_its_link(office: Office) -> None:
    decision, _ = await office.decided()
    link = await linked(office, decision)
    code = (await codes(office, decision))["primary"]
    asking: dict[str, Any] = {"sessions": office.sessions, "clock": office.time}
    ended, cut_off, left = [await opened(office, link, code) for _ in range(3)]

    await end_session(await authenticate_session(ended.text, **asking), **office.parts)
    with pytest.raises(NotAuthenticated):
        await authenticate_session(ended.text, **asking)
    for wrong in (f"{left.text[:67]}_{'0' * 64}", link.text, f"rs{link.text[2:]}", "rs_"):
        with pytest.raises(NotAuthenticated):
            await authenticate_session(wrong, **asking)

    await revoke_link(decision.id, link.link.id, actor=office.actor(), **office.parts)
    with pytest.raises(NotAuthenticated):
        await authenticate_session(cut_off.text, **asking)

    again = await opened(office, await linked(office, decision), code)
    await authenticate_session(again.text, **asking)
    office.time.now += SESSION
    with pytest.raises(NotAuthenticated):
        await authenticate_session(again.text, **asking)


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_a_session_may_do_what_its_link_is_for(office: Office, purpose: LinkPurpose) -> None:
    decision, _ = await office.decided()
    link = await linked(office, decision, purpose)
    session = await opened(office, link, (await codes(office, decision))["primary"])
    customer = await authenticate_session(session.text, sessions=office.sessions, clock=office.time)

    assert {p for p in Permission if customer.may(p)} == PURPOSES[purpose]
    assert PURPOSES[purpose] <= GRANTS[Role.CUSTOMER]
    assert str(link.link.id) in customer.name


async def test_a_link_lives_ninety_days_at_most_and_belongs_to_its_decision(
    office: Office, other_tenant: TenantId
) -> None:
    decision, _ = await office.decided()
    other, _ = await office.decided()
    link = await linked(office, decision)
    made: dict[str, Any] = {"actor": office.actor(), **office.making}
    for until in (office.time.now, office.time.now + LONGEST_LINK + timedelta(seconds=1)):
        with pytest.raises(InvalidFields):
            await issue_link(LinkId(new_id()), decision.id, "read_decision", until, **made)
    with pytest.raises(LinkNotFound):
        await revoke_link(other.id, link.link.id, actor=office.actor(), **office.parts)
    stranger = Office(office.sessions, other_tenant).actor()
    with pytest.raises(LinkNotFound):
        await revoke_link(decision.id, link.link.id, actor=stranger, **office.parts)
