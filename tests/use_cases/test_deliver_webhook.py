"""From the change to the receiver: on the real database, over the wire."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.adapters.webhook_http import MOST_PER_HOST, WebhookHttp
from app.db import outbox
from app.db.engine import Sessions
from app.domain.ids import EndpointId, TenantId
from app.domain.webhook_errors import WebhookDisabled, WebhookNotFound
from app.domain.webhook_retries import (
    ROOM_AFTER,
    SCHEDULE,
    Answered,
    Delivered,
    GivenUp,
    Postponed,
    Retry,
    Unanswered,
)
from app.domain.webhook_urls import Address, Allowed
from app.domain.webhooks import KEPT_FOR, Message
from app.embedded import postgres
from app.use_cases.deliver_webhook import forget_messages
from app.use_cases.manage_webhooks import Changes, change_webhook, rotate_secret
from app.use_cases.replay_webhooks import replay_delivery, replay_failed
from tests.contracts.webhook_receiver import Answer, Receiver, receiving
from tests.use_cases.webhook_desk import LOOPBACK, WebhookDesk


@pytest.fixture
def desk(sessions: Sessions) -> WebhookDesk:
    return WebhookDesk(sessions, TenantId(uuid4()))


@asynccontextmanager
async def registered(
    desk: WebhookDesk, *answers: Answer
) -> AsyncIterator[tuple[Receiver, EndpointId, str]]:
    async with receiving(*answers) as receiver:
        made = await desk.register(receiver.url)
        yield receiver, made.endpoint.id, made.secret


async def test_a_message_is_sent_signed_and_noted_as_delivered(desk: WebhookDesk) -> None:
    async with registered(desk) as (receiver, endpoint_id, secret):
        message = desk.message()
        await desk.tell(message)
        assert await desk.queued(message) == 1
        attempted = await desk.deliver(endpoint_id, message, 0)
    assert attempted is not None
    assert attempted.step == Delivered()
    (got,) = receiver.received
    assert got.message_id == str(message.id)
    assert got.verified_by(secret)["data"]["decision_id"] == message.data["decision_id"]
    (delivery,) = await desk.deliveries(endpoint_id)
    assert (delivery.state, delivery.attempts, delivery.outcome) == ("delivered", 1, "204")
    assert delivery.next_at is None


async def test_what_is_undone_is_told_to_nobody(desk: WebhookDesk) -> None:
    class Undone(Exception):
        pass

    message = desk.message()

    async def tell_and_undo() -> None:
        async with desk.sessions.begin(desk.tenant_id) as tx:
            await outbox.append(tx, message)
            raise Undone

    async with registered(desk) as (_, endpoint_id, __):
        with pytest.raises(Undone):
            await tell_and_undo()
        assert await desk.deliveries(endpoint_id) == []
        assert await desk.queued(message) == 0


async def test_only_subscribers_are_owed_a_message_and_without_them_none_is_kept(
    desk: WebhookDesk,
) -> None:
    async with receiving() as receiver:
        other = await desk.register(receiver.url, ("notice.issued",))
        message = desk.message()
        await desk.tell(message)
    assert await desk.deliveries(other.endpoint.id) == []
    assert await desk.rows("select 1 from webhook_messages") == []


async def test_work_that_runs_twice_tells_once(desk: WebhookDesk) -> None:
    async with registered(desk) as (_, endpoint_id, __):
        message = desk.message()
        again = Message(desk.message().id, message.type, message.key, message.at, message.data)
        await desk.tell(message)
        await desk.tell(again)
        await desk.tell(desk.message(), again)
        assert len(await desk.deliveries(endpoint_id)) == 2


async def test_every_failure_is_retried_with_the_same_id_and_body_until_it_arrives(
    desk: WebhookDesk,
) -> None:
    answers = (
        Answer(500),
        Answer(429, {"Retry-After": "3600"}),
        Answer(closes=True),
        Answer(302, {"Location": "http://169.254.169.254/"}),
        Answer(seconds=30),
        Answer(200, pours=True),
    )
    expected = ["500", "429", "broken-off", "302", "timed-out", "200"]
    waits = [SCHEDULE[0], timedelta(hours=1), *SCHEDULE[2:5], None]
    async with registered(desk, *answers) as (receiver, endpoint_id, secret):
        message = desk.message()
        await desk.tell(message)
        for turn, (outcome, wait) in enumerate(zip(expected, waits, strict=True)):
            before = desk.clock()
            await desk.deliver(endpoint_id, message, turn)
            (delivery,) = await desk.deliveries(endpoint_id)
            assert (delivery.outcome, delivery.attempts) == (outcome, turn + 1)
            if wait is None:
                assert delivery.state == "delivered"
                continue
            assert delivery.state == "pending"
            assert delivery.next_at is not None
            assert timedelta(0) <= delivery.next_at - before - wait < timedelta(minutes=1)
            desk.later += wait
        endpoint = (await desk.rows("select failing_since from webhook_endpoints"))[0]
        assert endpoint.failing_since is None
        assert await desk.queued(message) == 6
    assert len(receiver.received) == 6
    assert {got.message_id for got in receiver.received} == {str(message.id)}
    assert {got.body for got in receiver.received} == {message.body.encode()}
    for got in receiver.received:  # each attempt is signed at its own time
        at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), desk.clock().tzinfo)
        signed = Webhook(secret).sign(str(message.id), at, message.body)
        assert got.headers["webhook-signature"] == signed
    assert len({got.headers["webhook-timestamp"] for got in receiver.received}) == 6


async def test_after_the_last_attempt_it_is_given_up_and_can_be_replayed(
    desk: WebhookDesk,
) -> None:
    async with registered(desk, *[Answer(500)] * 10) as (receiver, endpoint_id, _):
        message, other = desk.message(), desk.message()
        began = desk.clock()
        await desk.tell(message)
        made = [await desk.deliver(endpoint_id, message, turn) for turn in range(10)]
        attempted = made[-1]
        assert attempted is not None
        assert attempted.step == GivenUp()
        (delivery,) = await desk.deliveries(endpoint_id)
        assert (delivery.state, delivery.attempts, delivery.next_at) == ("failed", 10, None)

        await desk.tell(other)
        parts: dict[str, Any] = {"actor": desk.actor, **desk.parts}
        late = await replay_failed(endpoint_id, desk.clock(), **parts)
        assert (late.messages, late.is_complete) == (0, True)
        replayed = await replay_failed(endpoint_id, began - timedelta(minutes=1), **parts)
        assert (replayed.messages, replayed.is_complete) == (1, True)
        assert await desk.deliver(endpoint_id, message, 9) is None  # a job of before the replay
        again = await desk.deliver(endpoint_id, message, 11)
    assert again is not None
    assert again.step == Delivered()
    assert {got.message_id for got in receiver.received} == {str(message.id)}
    assert ("admin", "webhook.replayed") in [row[:2] for row in await desk.audited(endpoint_id)]


async def test_a_delivered_message_is_sent_again_when_asked(desk: WebhookDesk) -> None:
    async with registered(desk) as (receiver, endpoint_id, _):
        message = desk.message()
        await desk.tell(message)
        await desk.deliver(endpoint_id, message, 0)
        again = await replay_delivery(endpoint_id, message.id, actor=desk.actor, **desk.parts)
        assert (again.state, again.attempts) == ("pending", 0)
        await desk.deliver(endpoint_id, message, 2)
    assert [got.message_id for got in receiver.received] == [str(message.id)] * 2


async def test_gone_disables_the_endpoint_and_ends_what_waits(desk: WebhookDesk) -> None:
    async with registered(desk, Answer(500), Answer(410)) as (receiver, endpoint_id, _):
        waiting, gone, late = desk.message(), desk.message(), desk.message()
        await desk.tell(waiting, gone)
        await desk.deliver(endpoint_id, waiting, 0)
        attempted = await desk.deliver(endpoint_id, gone, 0)
        assert attempted is not None
        assert (attempted.outcome, attempted.step) == (Answered(410), GivenUp("gone"))
        assert await desk.deliver(endpoint_id, waiting, 1) is None
        await desk.tell(late)
        assert len(receiver.received) == 2
        states = {d.message_id: (d.state, d.outcome) for d in await desk.deliveries(endpoint_id)}
        assert states == {gone.id: ("failed", "410"), waiting.id: ("failed", "disabled")}
        assert ("worker", "webhook.disabled", {"why": "gone"}) in await desk.audited(endpoint_id)
        with pytest.raises(WebhookDisabled):
            await replay_failed(endpoint_id, desk.clock(), actor=desk.actor, **desk.parts)
        enabled = await change_webhook(
            endpoint_id,
            Changes(is_enabled=True),
            actor=desk.actor,
            sender=desk.sender,
            **desk.parts,
        )
        assert enabled.disabled is None
        again = await replay_failed(
            endpoint_id, desk.clock() - timedelta(hours=1), actor=desk.actor, **desk.parts
        )
        assert again.messages == 2


async def test_five_days_of_failures_disable_the_endpoint(desk: WebhookDesk) -> None:
    async with registered(desk, *[Answer(500)] * 3) as (_, endpoint_id, __):
        for later in (timedelta(0), timedelta(days=4, hours=23), timedelta(days=5, seconds=1)):
            desk.later = later
            message = desk.message()
            await desk.tell(message)
            attempted = await desk.deliver(endpoint_id, message, 0)
            assert attempted is not None
            failing = later > timedelta(days=5)
            assert attempted.step == (GivenUp("failing") if failing else Retry(SCHEDULE[0]))
        last = (await desk.audited(endpoint_id))[-1]
        assert last == ("worker", "webhook.disabled", {"why": "failing"})


async def test_a_host_that_is_busy_costs_no_attempt(desk: WebhookDesk) -> None:
    desk.sender = WebhookHttp(LOOPBACK)
    held = Answer(held=asyncio.Event())
    async with registered(desk, *[held] * MOST_PER_HOST) as (receiver, endpoint_id, _):
        *messages, late = [desk.message() for _ in range(MOST_PER_HOST + 1)]
        await desk.tell(*messages, late)
        sending = [asyncio.create_task(desk.deliver(endpoint_id, one, 0)) for one in messages]
        await receiver.wait_for(MOST_PER_HOST)
        put_off = await desk.deliver(endpoint_id, late, 0)
        assert put_off is not None
        assert put_off.step == Postponed(ROOM_AFTER)
        waiting = (await desk.deliveries(endpoint_id))[0]
        assert waiting.message_id == late.id
        assert (waiting.attempts, waiting.outcome, waiting.attempted_at) == (0, None, None)
        assert waiting.next_at is not None
        assert waiting.next_at > desk.clock()
        assert held.held is not None
        held.held.set()
        assert [one and one.step for one in await asyncio.gather(*sending)] == [
            Delivered()
        ] * MOST_PER_HOST
        again = await desk.deliver(endpoint_id, late, 1)
        assert again is not None
        assert again.step == Delivered()


async def test_two_workers_with_one_job_record_one_attempt(desk: WebhookDesk) -> None:
    slow = Answer(500, seconds=0.3)
    async with registered(desk, slow, slow) as (receiver, endpoint_id, _):
        message = desk.message()
        await desk.tell(message)
        both = await asyncio.gather(
            desk.deliver(endpoint_id, message, 0), desk.deliver(endpoint_id, message, 0)
        )
        (delivery,) = await desk.deliveries(endpoint_id)
        assert len(receiver.received) == 2
        assert [one is None for one in both].count(True) == 1
        assert delivery.attempts == 1
        assert await desk.queued(message) == 2  # the first turn's job, and one for the next


KILLED = """
import asyncio, sys
from uuid import UUID
from app.adapters.vault import MasterKeyVault
from app.db.engine import Sessions, connect
from app.domain.webhooks import Message
from app.domain.ids import MessageId
from tests.use_cases.webhook_desk import LOOPBACK, WebhookDesk
url, tenant, endpoint, message = sys.argv[1:]
desk = WebhookDesk(Sessions(connect(url), MasterKeyVault(bytes(range(32)))), UUID(tenant))
told = Message(MessageId(UUID(message)), "", "", desk.clock(), {})
asyncio.run(desk.deliver(UUID(endpoint), told, 0))
"""


async def test_a_worker_killed_after_sending_sends_again_under_the_same_id(
    desk: WebhookDesk, server: dict[str, str], database: str
) -> None:
    async with registered(desk, Answer(seconds=30)) as (receiver, endpoint_id, secret):
        message = desk.message()
        await desk.tell(message)
        worker = subprocess.Popen(
            [sys.executable, "-c", KILLED, postgres.url(server, "service", database)]
            + [str(one) for one in (desk.tenant_id, endpoint_id, message.id)],
        )
        try:
            await receiver.wait_for(1, seconds=60)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            await asyncio.to_thread(worker.wait)
        (delivery,) = await desk.deliveries(endpoint_id)
        assert (delivery.state, delivery.attempts) == ("pending", 0)
        attempted = await desk.deliver(endpoint_id, message, 0)
    assert attempted is not None
    assert attempted.step == Delivered()
    first, second = receiver.received
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert second.verified_by(secret)


async def test_the_old_secret_signs_for_a_day_and_not_longer(desk: WebhookDesk) -> None:
    async with registered(desk) as (receiver, endpoint_id, old):
        rotated = await rotate_secret(
            endpoint_id, rotation_id=uuid4(), actor=desk.actor, **desk.parts
        )
        first, second = desk.message(), desk.message()
        await desk.tell(first, second)
        await desk.deliver(endpoint_id, first, 0)
        assert receiver.received[0].verified_by(old) == receiver.received[0].verified_by(
            rotated.secret
        )
        desk.later = timedelta(hours=24, seconds=1)
        await desk.deliver(endpoint_id, second, 0)
        signatures = receiver.received[1].headers["webhook-signature"].split(" ")
        assert len(signatures) == 1


async def test_a_rotation_asked_for_twice_ends_no_secret_that_is_still_known(
    desk: WebhookDesk,
) -> None:
    async with registered(desk) as (receiver, endpoint_id, old):
        rotation_id = uuid4()
        parts: dict[str, Any] = {"rotation_id": rotation_id, "actor": desk.actor, **desk.parts}
        first = await rotate_secret(endpoint_id, **parts)
        again = await rotate_secret(endpoint_id, **parts)
        assert again.secret == first.secret
        assert first.secret != old
        message = desk.message()
        await desk.tell(message)
        await desk.deliver(endpoint_id, message, 0)
        assert receiver.received[0].verified_by(old)
        actions = [action for _, action, __ in await desk.audited(endpoint_id)]
        assert actions == ["webhook.registered", "webhook.secret_rotated"]


async def test_a_leaked_secret_can_be_dropped_at_once(desk: WebhookDesk) -> None:
    async with registered(desk) as (receiver, endpoint_id, leaked):
        rotated = await rotate_secret(
            endpoint_id, rotation_id=uuid4(), old_for=timedelta(0), actor=desk.actor, **desk.parts
        )
        message = desk.message()
        await desk.tell(message)
        await desk.deliver(endpoint_id, message, 0)
    (got,) = receiver.received
    assert got.verified_by(rotated.secret)
    with pytest.raises(WebhookVerificationError):
        got.verified_by(leaked)


async def test_the_database_holds_no_secret_in_the_clear(desk: WebhookDesk) -> None:
    async with registered(desk) as (_, __, secret):
        kept = str(await desk.rows("select * from webhook_endpoints"))
    assert secret not in kept
    assert secret.removeprefix("whsec_") not in kept


async def test_a_name_that_leads_inside_once_it_is_registered_gets_nothing(
    desk: WebhookDesk,
) -> None:
    answers = [ip_address("93.184.216.34"), ip_address("127.0.0.1")]

    async def resolve(_: str, __: int) -> Sequence[Address]:
        return [answers.pop(0)]

    desk.sender = WebhookHttp(Allowed(), resolve=resolve)
    made = await desk.register("https://hooks.example.test/")
    message = desk.message()
    await desk.tell(message)
    attempted = await desk.deliver(made.endpoint.id, message, 0)
    assert attempted is not None
    assert attempted.outcome == Unanswered("refused")
    (delivery,) = await desk.deliveries(made.endpoint.id)
    assert (delivery.state, delivery.outcome) == ("pending", "refused")


async def test_another_tenant_sees_and_sends_nothing(desk: WebhookDesk) -> None:
    stranger = WebhookDesk(desk.sessions, TenantId(uuid4()))
    async with registered(desk) as (receiver, endpoint_id, _):
        message = desk.message()
        await desk.tell(message)
        await stranger.tell(stranger.message())
        assert len(await desk.deliveries(endpoint_id)) == 1
        assert await stranger.deliver(endpoint_id, message, 0) is None
        with pytest.raises(WebhookNotFound):
            await stranger.deliveries(endpoint_id)
        with pytest.raises(WebhookNotFound):
            await stranger.remove(endpoint_id)
        with pytest.raises(WebhookNotFound):
            await rotate_secret(
                endpoint_id, rotation_id=uuid4(), actor=stranger.actor, **stranger.parts
            )
    assert receiver.received == []


async def test_what_is_owed_to_a_deleted_endpoint_is_forgotten(desk: WebhookDesk) -> None:
    async with registered(desk) as (receiver, endpoint_id, _):
        message = desk.message()
        await desk.tell(message)
        await desk.remove(endpoint_id)
        assert await desk.deliver(endpoint_id, message, 0) is None
        assert await desk.rows("select 1 from webhook_deliveries") == []
        actions = [action for _, action, __ in await desk.audited(endpoint_id)]
        assert actions == ["webhook.registered", "webhook.deleted"]
    assert receiver.received == []


async def test_messages_are_forgotten_after_thirty_days_unless_still_owed(
    desk: WebhookDesk,
) -> None:
    async with registered(desk, Answer(500)) as (_, endpoint_id, __):
        owed, delivered = desk.message(), desk.message()
        await desk.tell(owed, delivered)
        await desk.deliver(endpoint_id, owed, 0)
        await desk.deliver(endpoint_id, delivered, 0)
        desk.later = KEPT_FOR + timedelta(days=1)
        parts: dict[str, Any] = {"sessions": desk.sessions, "clock": desk.clock}
        assert await forget_messages(desk.tenant_id, **parts) == 1
        left = {delivery.message_id for delivery in await desk.deliveries(endpoint_id)}
    assert left == {owed.id}


async def test_deliveries_are_paged_by_message_and_state(desk: WebhookDesk) -> None:
    async with registered(desk) as (_, endpoint_id, __):
        messages = [desk.message() for _ in range(5)]
        await desk.tell(*messages)
        await desk.deliver(endpoint_id, messages[1], 0)
        listed: list[UUID] = []
        before = None
        async with desk.sessions.begin(desk.tenant_id) as tx:
            while page := await outbox.page(tx, endpoint_id, outbox.Filter(None, before, 2)):
                listed += [delivery.message_id for delivery in page]
                before = page[-1].message_id
            delivered = await outbox.page(tx, endpoint_id, outbox.Filter("delivered"))
    assert listed == sorted((message.id for message in messages), reverse=True)
    assert [delivery.message_id for delivery in delivered] == [messages[1].id]
