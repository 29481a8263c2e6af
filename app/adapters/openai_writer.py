"""A language model behind any OpenAI-compatible endpoint, asked for one reason at a time."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import openai
from openai.types.chat import ChatCompletionMessageParam
from opentelemetry import trace
from typing_extensions import override

from app.domain.drafting import citations_of, summary_of
from app.domain.errors import WriterUnavailable
from app.domain.explanation import (
    Dossier,
    Draft,
    Finding,
    ReasonToExplain,
    Statement,
    WriterSettings,
    Written,
)
from app.domain.facts_in_words import fact_in_words
from app.use_cases.ports import ExplanationWriter
from prompts.loader import Prompt, load

PROMPT = "explain-reason-en-v1"
TRIES = 3
CORRECTION_TEMPERATURE = 0.4  # the same words again would break the same rule
OPEN_AFTER = 3
OPEN_FOR_S = 20.0
SCHEMA = {
    "type": "object",
    "properties": {"statement": {"type": "string", "maxLength": 300}},
    "required": ["statement"],
    "additionalProperties": False,
}
tracer = trace.get_tracer("rationale.writer")


@dataclass(slots=True)
class _Reply:
    text: str
    raw: str
    input_tokens: int
    output_tokens: int


class OpenAIWriter(ExplanationWriter):
    """Words each reason by the model; the citations are those that retrieval chose.

    Only 429, 5xx and lost connections are tried again. After OPEN_AFTER failures in a row the
    endpoint is left alone for OPEN_FOR_S seconds, and the template writer takes over at once.
    """

    def __init__(self, base_url: str, api_key: str, model: str, *, timeout_s: float = 60) -> None:
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key, timeout=timeout_s, max_retries=0
        )
        self._model = model
        self._prompt = load(PROMPT)
        self._failures = 0
        self._closed_until = 0.0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @override
    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        if time.monotonic() < self._closed_until:
            message = "it failed repeatedly and is left alone for a while"
            raise WriterUnavailable(message)
        started = time.perf_counter()
        kept = _kept(corrections, previous)
        cited = citations_of(dossier)
        statements, replies = [], []
        for reason in dossier.reasons:
            if reason.code in kept:
                text = kept[reason.code].text
            else:
                reply = await self._word(reason, is_correction=previous is not None)
                replies.append(reply)
                text = reply.text
            statements.append(Statement(reason.code, text, cited.get(reason.code, ())))
        return Written(
            Draft(summary_of(dossier), tuple(statements)),
            "model",
            self._model,
            self._prompt.name,
            self._prompt.sha256,
            tuple(reply.raw for reply in replies),
            sum(reply.input_tokens for reply in replies),
            sum(reply.output_tokens for reply in replies),
            time.perf_counter() - started,
            WriterSettings(
                self._temperature(is_correction=previous is not None), self._prompt.max_tokens
            ),
        )

    def _temperature(self, *, is_correction: bool) -> float:
        return CORRECTION_TEMPERATURE if is_correction else self._prompt.temperature

    async def _word(self, reason: ReasonToExplain, *, is_correction: bool) -> _Reply:
        messages = _messages(self._prompt, reason)
        temperature = self._temperature(is_correction=is_correction)
        for attempt in range(TRIES):
            try:
                reply = await self._ask(messages, temperature)
            except (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError):
                if attempt + 1 < TRIES:
                    await asyncio.sleep(0.2 * 2**attempt * (1 + random.random()))  # noqa: S311 -- jitter
                continue
            except openai.OpenAIError as error:
                raise self._failed(type(error).__name__) from error
            self._failures = 0
            return reply
        raise self._failed(f"no answer in {TRIES} tries")

    async def _ask(self, messages: list[ChatCompletionMessageParam], temperature: float) -> _Reply:
        with tracer.start_as_current_span("chat") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", self._model)
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                temperature=temperature,
                max_tokens=self._prompt.max_tokens,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "statement", "schema": SCHEMA, "strict": True},
                },
            )
            usage = answer.usage
            spent_in = 0 if usage is None else usage.prompt_tokens
            spent_out = 0 if usage is None else usage.completion_tokens
            span.set_attribute("gen_ai.usage.input_tokens", spent_in)
            span.set_attribute("gen_ai.usage.output_tokens", spent_out)
        raw = (answer.choices[0].message.content or "") if answer.choices else ""
        return _Reply(_parse(raw), raw, spent_in, spent_out)

    def _failed(self, why: str) -> WriterUnavailable:
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            self._closed_until = time.monotonic() + OPEN_FOR_S
        return WriterUnavailable(why)


def _messages(prompt: Prompt, reason: ReasonToExplain) -> list[ChatCompletionMessageParam]:
    """Put what never changes first: the endpoint keeps it between calls."""
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": prompt.system}]
    for case, answer in prompt.examples:
        messages.append({"role": "user", "content": case})
        messages.append({"role": "assistant", "content": json.dumps({"statement": answer})})
    facts = " and ".join(fact_in_words(fact) for fact in reason.facts) or "none"
    case = f"<facts>Reason: {reason.statement}. Facts: {facts}.</facts>"
    messages.append({"role": "user", "content": case})
    return messages


def _parse(raw: str) -> str:
    """Read the reply; one that cannot be read is an empty statement, which is then refused."""
    try:
        held = json.loads(raw)
        statement = held["statement"]
    except (ValueError, KeyError, TypeError):
        return ""
    return " ".join(statement.split()) if isinstance(statement, str) else ""


def _kept(corrections: Sequence[Finding], previous: Written | None) -> dict[str, Statement]:
    """Return the statements of the previous draft that no finding names, by reason code."""
    if previous is None:
        return {}
    named = {finding.where.partition("]")[0] for finding in corrections}
    return {
        statement.code: statement
        for at, statement in enumerate(previous.draft.statements)
        if f"reasons[{at}" not in named
    }
