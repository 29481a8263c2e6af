"""One OpenAI-compatible endpoint: bounded calls, metered, tried again only where that may help."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from opentelemetry import trace
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from app.adapters.breaker import Breaker
from app.adapters.model_budget import Unlimited
from app.domain.budgets import FREE, NOTHING, Prices, Reservation, Spending
from app.domain.errors import WriterUnavailable
from app.domain.ids import TenantId
from app.use_cases.ports import Budget

TRIES = 3
PAUSE_S = 0.25  # the longest first pause; it doubles, and each is drawn from nothing to that
LONGEST_PAUSE_S = 8.0
FAILURES_TO_OPEN = 3
OPEN_S = 20.0
LONGEST_LEFT_ALONE_S = 300.0
MAX_ANSWER_BYTES = 1_000_000
# A token is at least one byte, so these bound what an endpoint can count of a request.
TOKENS_PER_MESSAGE = 16
PLAIN_ASKING = (
    "Answer with one JSON object of the form of the answers above, and nothing before or after it."
)
tracer = trace.get_tracer("rationale.writer")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is, and the bounds on using it.

    `timeout_s` bounds a call, `deadline_s` a whole draft with its waiting and pauses, and
    `concurrency` the calls of this process at once.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    timeout_s: float = 60.0
    deadline_s: float = 180.0
    concurrency: int = 4
    prices: Prices = FREE
    budget: Budget = field(default_factory=Unlimited)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said, and the tokens it took."""

    text: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask: the messages, the shape of the answer, and the model's settings."""

    messages: Sequence[ChatCompletionMessageParam]
    schema: Mapping[str, Any]
    temperature: float
    max_tokens: int


class ModelCalls:
    """Makes the calls. Every failure is a WriterUnavailable; a cancelled call is let go at once.

    Only 429, 5xx and lost connections are tried again, with full jitter, or after as long as
    the endpoint says. A timeout is not: it has cost its time already.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            timeout=endpoint.timeout_s,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(transport=_Bounded()),
        )
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._breaker = Breaker(FAILURES_TO_OPEN, OPEN_S)
        self._dialect = _Dialect()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, request: Request, tenant_id: TenantId | None, ends: float) -> Reply:
        """Ask once and get an answer before `ends` (of the loop's clock).

        Raises WriterUnavailable, at once while the endpoint is left alone.
        """
        async with self._slots:
            if not self._breaker.may_call():
                message = "it failed repeatedly and is left alone for a while"
                raise WriterUnavailable(message)
            try:
                reply = await self._try(request, tenant_id, ends)
            except _Failed as failure:
                self._breaker.failed(leave_alone_s=failure.leave_alone_s)
                raise WriterUnavailable(str(failure)) from failure
            except BaseException:
                self._breaker.abandoned()
                raise
            self._breaker.succeeded()
            return reply

    async def _try(self, request: Request, tenant_id: TenantId | None, ends: float) -> Reply:
        tries = 0
        dialect = self._dialect
        while True:
            try:
                reply = await self._metered(request, tenant_id, dialect)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                understood = dialect.after(error)
                if understood is None:
                    raise _Failed(_name(error)) from error
                dialect = understood
            except (openai.RateLimitError, openai.InternalServerError) as error:
                tries += 1
                asked = _retry_after(error.response.headers)
                await self._pause(tries, ends, asked, error)
            except openai.APITimeoutError as error:
                raise _Failed("it took too long") from error
            except openai.APIConnectionError as error:
                if isinstance(error.__cause__, _AnswerTooLarge):
                    raise _Failed("its answer is too large") from error
                tries += 1
                await self._pause(tries, ends, None, error)
            except openai.OpenAIError as error:
                raise _Failed(_name(error)) from error
            else:
                self._dialect = dialect  # it worked, so the next request is put like this one
                return reply

    async def _pause(
        self, tries: int, ends: float, asked: float | None, error: openai.OpenAIError
    ) -> None:
        if tries >= TRIES:
            raise _Failed(f"{_name(error)}, {tries} times", asked or 0.0) from error
        longest = min(LONGEST_PAUSE_S, PAUSE_S * 2 ** (tries - 1))
        pause = random.uniform(0, longest) if asked is None else asked  # noqa: S311 -- jitter
        if asyncio.get_running_loop().time() + pause >= ends:
            raise _Failed(f"{_name(error)}, and no time is left to wait", asked or 0.0) from error
        await asyncio.sleep(pause)

    async def _metered(
        self, request: Request, tenant_id: TenantId | None, dialect: "_Dialect"
    ) -> Reply:
        """Call once. What it may cost is set aside first; a call that may have cost counts so."""
        budget, prices = self.endpoint.budget, self.endpoint.prices
        most = prices.cost(_most_input_tokens(request), request.max_tokens)
        reservation = await budget.reserve(tenant_id, most)
        if reservation is None:
            message = "the month's budget for language models is used up"
            raise WriterUnavailable(message)
        spent = most  # unknown as long as nobody says: lost, timed out, cancelled
        try:
            reply = await self._call(request, dialect)
            if reply.input_tokens or reply.output_tokens:
                spent = prices.cost(reply.input_tokens, reply.output_tokens)
        except openai.APIStatusError:
            spent = NOTHING  # refused before any token
            raise
        finally:
            await _settle(budget, reservation, spent)
        return reply

    async def _call(self, request: Request, dialect: "_Dialect") -> Reply:
        # An endpoint's error may repeat what it was sent: no exception goes into the span.
        with tracer.start_as_current_span("chat", record_exception=False) as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", self.endpoint.model)
            try:
                async with asyncio.timeout(self.endpoint.timeout_s):
                    answered = await self._client.chat.completions.with_raw_response.create(
                        model=self.endpoint.model,
                        messages=dialect.messages(request),
                        **dialect.settings(request),
                    )
            except TimeoutError as error:  # bytes that trickle outlast every timeout of a read
                raise _Failed("it took too long") from error
            answer = _read(answered.http_response.content)
            span.set_attribute("gen_ai.usage.input_tokens", answer.usage.prompt_tokens)
            span.set_attribute("gen_ai.usage.output_tokens", answer.usage.completion_tokens)
        text = answer.choices[0].message.content or "" if answer.choices else ""
        return Reply(text, answer.usage.prompt_tokens, answer.usage.completion_tokens)


class _Failed(Exception):
    """A call that failed for good; the endpoint may have said for how long to leave it alone."""

    def __init__(self, why: str, leave_alone_s: float = 0.0) -> None:
        super().__init__(why)
        self.leave_alone_s = min(leave_alone_s, LONGEST_LEFT_ALONE_S)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What an endpoint understands, as far as its refusals have taught."""

    is_structured: bool = True
    limit: str = "max_tokens"
    takes_temperature: bool = True

    def messages(self, request: Request) -> list[ChatCompletionMessageParam]:
        """Return the messages; without a schema the last of them asks for JSON in words."""
        if self.is_structured:
            return list(request.messages)
        *before, last = request.messages
        content = f"{last.get('content')}\n{PLAIN_ASKING}"
        return [*before, {"role": "user", "content": content}]

    def settings(self, request: Request) -> dict[str, Any]:
        """Return the optional parameters in the endpoint's own words."""
        settings: dict[str, Any] = {self.limit: request.max_tokens}
        if self.takes_temperature:
            settings["temperature"] = request.temperature
        if self.is_structured:
            schema = {"name": "answer", "schema": request.schema, "strict": True}
            settings["response_format"] = {"type": "json_schema", "json_schema": schema}
        return settings

    def after(self, error: openai.APIStatusError) -> "_Dialect | None":
        """Return how to put it next after a refusal; None when there is no other way left."""
        said = f"{error.message} {error.body}".lower()
        if self.limit == "max_tokens" and "max_completion_tokens" in said:
            return replace(self, limit="max_completion_tokens")
        if self.takes_temperature and "temperature" in said:
            return replace(self, takes_temperature=False)
        if self.is_structured:
            return replace(self, is_structured=False)
        return None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    choices: list[_Choice] = []
    usage: _Usage = _Usage()


def _read(content: bytes) -> _Completion:
    """Read a completion; what is none (a proxy's page, say) is a failure, whatever its status."""
    try:
        return _Completion.model_validate_json(content)
    except ValidationError as error:
        raise _Failed("its answer is no chat completion") from error


class _AnswerTooLarge(httpx2.ReadError):
    """More bytes than any answer needs."""


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_ANSWER_BYTES:
                raise _AnswerTooLarge(str(received))
            yield chunk

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()


class _Bounded(httpx2.AsyncHTTPTransport):
    """Reads no more of an answer than MAX_ANSWER_BYTES, and asks for it uncompressed."""

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _AnswerTooLarge(response.headers["content-encoding"])
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response


async def _settle(budget: Budget, reservation: Reservation, spent: Spending) -> None:
    """Settle even while being cancelled: a second cancellation only stops the waiting."""
    await asyncio.shield(asyncio.ensure_future(budget.settle(reservation, spent)))


def _most_input_tokens(request: Request) -> int:
    written = sum(len(str(message.get("content", "")).encode()) for message in request.messages)
    return written + TOKENS_PER_MESSAGE * len(request.messages) + len(str(request.schema).encode())


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, in seconds or as a date; None where it says neither."""
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _name(error: openai.OpenAIError) -> str:
    if isinstance(error, openai.APIStatusError):
        return f"HTTP {error.status_code}"
    return type(error).__name__
