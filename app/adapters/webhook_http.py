"""Sends webhooks: signed by the Standard Webhooks specification, to public addresses alone.

A host is resolved once; every address it has is judged, and the connection goes to one of those
very addresses: a name that means something else a moment later (DNS rebinding) changes nothing.
The certificate is still checked against the name. No redirect is followed, no proxy of the
environment is used, and nothing that a receiver answers is kept but its status.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from weakref import WeakValueDictionary

import httpx
from standardwebhooks import Webhook
from typing_extensions import override

from app.domain.webhook_errors import WebhookUrlRefused
from app.domain.webhook_retries import Answered, Busy, Outcome, Unanswered
from app.domain.webhook_urls import Address, Allowed, Target, check_target, read_url
from app.use_cases.ports import Outgoing, WebhookSender

CONNECT_S = 5.0
TIMEOUT_S = 20.0
ANSWER_BYTES = 16_384  # read and thrown away, so that the receiver sees no broken connection
DISCARD_S = 1.0
MOST_ADDRESSES = 3  # of one host, tried in turn within one attempt
MOST_PER_HOST = 4  # requests open at once, so that one slow receiver leaves room for the others
ROOM_S = 1.0  # waited for a host's slot before the message is put off
USER_AGENT = "Rationale-Webhooks/1"

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver for every address of a host; none where it knows of none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class WebhookHttp(WebhookSender):
    """Delivers over HTTPS. `timeout_s` covers one attempt from resolving to the answer."""

    def __init__(
        self,
        allowed: Allowed,
        *,
        resolve: Resolve = resolve,
        timeout_s: float = TIMEOUT_S,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._timeout_s = timeout_s
        self._trust = ssl.create_default_context() if trust is None else trust
        self._slots = WeakValueDictionary[str, asyncio.Semaphore]()

    @override
    async def check(self, url: str) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._addresses(read_url(url))
        except TimeoutError as error:
            raise WebhookUrlRefused("its host could not be resolved in time") from error

    @override
    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            target = read_url(outgoing.url)
        except WebhookUrlRefused:
            return Unanswered("refused")
        own = self._slots.setdefault(target.host, asyncio.Semaphore(MOST_PER_HOST))
        try:
            await asyncio.wait_for(own.acquire(), ROOM_S)
        except TimeoutError:
            return Busy()
        try:
            return await self._send(target, outgoing)
        finally:
            own.release()

    async def _send(self, target: Target, outgoing: Outgoing) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._addresses(target)
                outcome: Outcome = Unanswered("unreachable")
                for address in addresses[:MOST_ADDRESSES]:
                    outcome = await self._send_to(address, target, outgoing)
                    if outcome != Unanswered("unreachable"):
                        break
                return outcome
        except WebhookUrlRefused:
            return Unanswered("refused")
        except TimeoutError:
            return Unanswered("timed-out")

    async def _addresses(self, target: Target) -> Sequence[Address]:
        literal = target.literal
        if literal is not None:
            addresses: Sequence[Address] = (literal,)
        else:
            addresses = await self._resolve(target.host, target.port)
        check_target(target, addresses, self._allowed)
        return addresses

    async def _send_to(self, address: Address, target: Target, outgoing: Outgoing) -> Outcome:
        """Send to this address in the host's name; the URL that httpx sees holds no name."""
        url = httpx.URL(
            scheme=target.scheme,
            host=str(address),
            port=target.port,
            raw_path=target.path.encode(),
        )
        # One client for each attempt: in a shared one, two names with one address would share
        # a connection whose certificate was checked for the first of them.
        client = httpx.AsyncClient(
            verify=self._trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s)),
        )
        try:
            async with (
                client,
                client.stream(
                    "POST",
                    url,
                    content=outgoing.body.encode(),
                    headers={"Host": target.authority, **_headers(outgoing)},
                    extensions={"sni_hostname": target.host},
                ) as response,
            ):
                await _discard(response)
                asked = _retry_after(response.headers.get("retry-after"), outgoing.at)
                return Answered(response.status_code, asked)
        except httpx.ConnectTimeout:
            return Unanswered("unreachable")
        except httpx.TimeoutException:
            return Unanswered("timed-out")
        except httpx.ConnectError as error:
            return Unanswered("untrusted" if _is_about_trust(error) else "unreachable")
        except httpx.HTTPError:
            return Unanswered("broken-off")


def _headers(outgoing: Outgoing) -> dict[str, str]:
    """Sign with every secret that is valid: the library signs with one, the header holds all."""
    message_id = str(outgoing.message_id)
    signatures = [
        Webhook(secret).sign(message_id, outgoing.at, outgoing.body) for secret in outgoing.secrets
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(outgoing.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def _discard(response: httpx.Response) -> None:
    """Read the answer's beginning as it came, never unpacked: its status has said all."""
    read = 0
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read >= ANSWER_BYTES:
                    return


def _retry_after(sent: str | None, at: datetime) -> timedelta | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; None where it is neither."""
    if sent is None:
        return None
    try:
        if sent.isascii() and sent.isdigit():
            return timedelta(seconds=int(sent))
        return max(parsedate_to_datetime(sent) - at, timedelta(0))
    except (ValueError, TypeError, OverflowError):
        return None


def _is_about_trust(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
