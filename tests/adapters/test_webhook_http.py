"""Sending, over the wire, to receivers that behave and to receivers that do not."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uuid_utils.compat
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import WebhookVerificationError

from app.adapters.webhook_http import MOST_PER_HOST, Resolve, WebhookHttp, resolve
from app.domain.ids import MessageId
from app.domain.webhook_errors import WebhookUrlRefused
from app.domain.webhook_retries import Answered, Busy, Unanswered
from app.domain.webhook_urls import Address, Allowed
from app.domain.webhooks import new_secret
from app.use_cases.ports import Outgoing
from tests.contracts.webhook_receiver import Answer, receiving, until

LOOPBACK = Allowed.of(["127.0.0.0/8"])
SECRET, OLD_SECRET = new_secret(bytes(range(32))), new_secret(bytes(range(32, 64)))
NAME = "hooks.example.test"


def outgoing(url: str, *secrets: str) -> Outgoing:
    message_id = MessageId(uuid_utils.compat.uuid7())
    now = datetime.now(UTC)
    return Outgoing(url, message_id, '{"type":"webhook.test"}', secrets or (SECRET,), now)


def resolving(*answers: Sequence[str]) -> Resolve:
    """Answer each question in turn; one question too many fails the test."""
    left = list(answers)

    async def answer(_: str, __: int) -> Sequence[Address]:
        return [ip_address(one) for one in left.pop(0)]

    return answer


async def test_a_message_is_signed_as_receivers_verify_it() -> None:
    async with receiving() as receiver:
        sent = outgoing(f"{receiver.url}?a=%20b")
        assert await WebhookHttp(LOOPBACK).send(sent) == Answered(204)
    (got,) = receiver.received
    assert got.line == "POST /in?a=%20b HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.message_id == str(sent.message_id)
    assert got.verified_by(SECRET) == {"type": "webhook.test"}
    with pytest.raises(WebhookVerificationError):
        got.verified_by(OLD_SECRET)


async def test_every_valid_secret_signs() -> None:
    async with receiving() as receiver:
        await WebhookHttp(LOOPBACK).send(outgoing(receiver.url, SECRET, OLD_SECRET))
    (got,) = receiver.received
    assert got.verified_by(SECRET) == got.verified_by(OLD_SECRET)
    assert len(got.headers["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize("status", [200, 400, 410, 500])
async def test_the_status_is_what_is_kept_of_an_answer(status: int) -> None:
    async with receiving(Answer(status)) as receiver:
        assert await WebhookHttp(LOOPBACK).send(outgoing(receiver.url)) == Answered(status)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("120", timedelta(seconds=120)),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
        ("\u0661", None),
    ],
)
async def test_retry_after_is_read_or_ignored(sent: str, read: timedelta | None) -> None:
    async with receiving(Answer(429, {"Retry-After": sent})) as receiver:
        assert await WebhookHttp(LOOPBACK).send(outgoing(receiver.url)) == Answered(429, read)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with receiving() as inside, receiving(Answer(status, {"Location": inside.url})) as first:
        assert await WebhookHttp(LOOPBACK).send(outgoing(first.url)) == Answered(status)
    assert inside.received == []


async def test_an_endless_answer_is_left_after_its_beginning() -> None:
    async with receiving(Answer(200, pours=True)) as receiver:
        started = time.monotonic()
        assert await WebhookHttp(LOOPBACK).send(outgoing(receiver.url)) == Answered(200)
    assert time.monotonic() - started < 15


async def test_a_compressed_answer_is_never_unpacked() -> None:
    answer = Answer(200, {"Content-Encoding": "gzip"}, pours=True)  # no gzip at all
    async with receiving(answer) as receiver:
        assert await WebhookHttp(LOOPBACK).send(outgoing(receiver.url)) == Answered(200)
    assert receiver.received[0].headers["accept-encoding"] == "identity"


async def test_silence_is_a_failure_of_its_own() -> None:
    sender = WebhookHttp(LOOPBACK, timeout_s=0.3)
    async with receiving(Answer(seconds=30), Answer(closes=True)) as receiver:
        assert await sender.send(outgoing(receiver.url)) == Unanswered("timed-out")
        assert await sender.send(outgoing(receiver.url)) == Unanswered("broken-off")
    assert await sender.send(outgoing(receiver.url)) == Unanswered("unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://2130706433/",
        "https://user@127.0.0.1/",
        "http://93.184.216.34/",
        "gopher://127.0.0.1/",
    ],
)
async def test_nothing_is_sent_inside(url: str) -> None:
    sender = WebhookHttp(Allowed())
    with pytest.raises(WebhookUrlRefused):
        await sender.check(url)
    assert await sender.send(outgoing(url)) == Unanswered("refused")


async def test_a_name_that_is_public_when_checked_and_inside_when_sent_to_is_refused() -> None:
    sender = WebhookHttp(Allowed(), resolve=resolving(["93.184.216.34"], ["127.0.0.1"]))
    url = f"https://{NAME}:8443/"
    await sender.check(url)
    assert await sender.send(outgoing(url)) == Unanswered("refused")


@pytest.mark.parametrize(
    "found",
    [
        ["93.184.216.34", "127.0.0.1"],
        ["10.0.0.1", "93.184.216.34"],
        ["2606:4700::1111", "::1"],
        ["::ffff:10.0.0.1"],
        [],
    ],
)
async def test_one_address_inside_refuses_them_all(found: list[str]) -> None:
    sender = WebhookHttp(Allowed(), resolve=resolving(found, found))
    with pytest.raises(WebhookUrlRefused):
        await sender.check(f"https://{NAME}/")
    assert await sender.send(outgoing(f"https://{NAME}/")) == Unanswered("refused")


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A second question would be answered with another address; none is asked."""
    async with receiving() as checked, receiving(host="127.0.0.2") as rebound:
        sender = WebhookHttp(LOOPBACK, resolve=resolving(["127.0.0.1"]))
        url = f"http://{NAME}:{checked.port}/in"
        assert await sender.send(outgoing(url)) == Answered(204)
    assert checked.received[0].headers["host"] == f"{NAME}:{checked.port}"
    assert rebound.received == []


async def test_another_address_of_the_host_is_tried_where_one_is_down() -> None:
    async with receiving() as receiver:
        sender = WebhookHttp(LOOPBACK, resolve=resolving(["127.0.0.3", "127.0.0.1"]))
        assert await sender.send(outgoing(f"http://{NAME}:{receiver.port}/")) == Answered(204)


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert await WebhookHttp(LOOPBACK).send(outgoing(receiver.url)) == Answered(204)
    assert proxy.received == []
    assert len(receiver.received) == 1


async def test_the_certificate_is_checked_against_the_name_not_the_address(tmp_path: Path) -> None:
    server, trust = _certified(NAME, tmp_path)
    async with receiving(tls=server) as receiver:
        allowed = Allowed.of([NAME, "other.example.test", "127.0.0.1"])
        addresses = [["127.0.0.1"]] * 3
        sender = WebhookHttp(allowed, resolve=resolving(*addresses), trust=trust)
        assert await sender.send(outgoing(f"https://{NAME}:{receiver.port}/")) == Answered(204)
        for host in ("other.example.test", "127.0.0.1"):
            url = f"https://{host}:{receiver.port}/"
            assert await sender.send(outgoing(url)) == Unanswered("untrusted")
        unknown = WebhookHttp(allowed, resolve=resolving(["127.0.0.1"]))
        url = f"https://{NAME}:{receiver.port}/"
        assert await unknown.send(outgoing(url)) == Unanswered("untrusted")
    (got,) = receiver.received
    assert got.server_name == NAME


async def test_a_slow_receiver_leaves_room_for_others() -> None:
    held = asyncio.Event()
    async with receiving(usual=Answer(held=held)) as stuck, receiving() as quick:
        sender = WebhookHttp(Allowed.of(["localhost", "127.0.0.1"]))
        url = f"http://localhost:{stuck.port}/"
        sending = [asyncio.create_task(sender.send(outgoing(url))) for _ in range(20)]
        await stuck.wait_for(MOST_PER_HOST)
        assert await sender.send(outgoing(quick.url)) == Answered(204)
        await until(lambda: sum(task.done() for task in sending) == 20 - MOST_PER_HOST)
        held.set()
        answers = await asyncio.gather(*sending)
    assert len(stuck.received) == MOST_PER_HOST
    assert answers.count(Answered(204)) == MOST_PER_HOST
    assert answers.count(Busy()) == 20 - MOST_PER_HOST


async def test_the_system_resolver_answers_with_addresses_or_with_none() -> None:
    assert ip_address("127.0.0.1") in await resolve("localhost", 443)
    assert await resolve("no-such-name.invalid", 443) == ()


def _certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a name; return who shows it and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
