"""A language model behind any OpenAI-compatible endpoint, as a writer of explanations."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from openai.types.chat import ChatCompletionMessageParam
from typing_extensions import override

from app.adapters.llm_endpoint import Endpoint, ModelCalls, Reply, Request
from app.adapters.reason_by_reason import reason_by_reason
from app.domain.case_text import decision_case, findings_case, reason_case
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
from app.domain.verification.reply import parsed, read_reply
from app.use_cases.ports import ExplanationWriter
from prompts import labels
from prompts.loader import Prompt

PromptSet = Literal["small", "large"]
FAMILIES: Mapping[PromptSet, str] = {"small": "explain-reason", "large": "explain-decision"}
CORRECTION_TEMPERATURE = 0.4  # the same words again would break the same rule
LONGEST_SHOWN = 8000  # of a former reply, in characters


class OpenAIWriter(ExplanationWriter):
    """Asks for one reason at a time (small models), or for a whole explanation (large ones).

    Of one reason the model words the statement alone: retrieval has chosen the citation. A
    large model writes the summary too, and chooses citations among those it is given.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        prompt_set: PromptSet = "small",
        calls: ModelCalls | None = None,
        prompt: Prompt | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._calls = ModelCalls(endpoint) if calls is None else calls
        self._prompt_set = prompt_set
        self._prompt = prompt

    @property
    def model(self) -> str:
        """The model's name, as the endpoint knows it."""
        return self._endpoint.model

    def with_prompt(self, prompt: Prompt) -> "OpenAIWriter":
        """Return a writer that asks the same endpoint with this prompt, whatever the labels."""
        return OpenAIWriter(
            self._endpoint, prompt_set=self._prompt_set, calls=self._calls, prompt=prompt
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    @override
    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        return await self._write(
            dossier, corrections=corrections, previous=previous, ends=self._deadline()
        )

    @override
    async def write_statements(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> AsyncGenerator[Written, None]:
        write = partial(self._write, ends=self._deadline())
        if self._prompt_for(dossier).shape == "decision":
            yield await write(dossier, corrections=corrections, previous=previous)
            return
        async for written in reason_by_reason(write, dossier, corrections, previous):
            yield written

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._endpoint.deadline_s

    async def _write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
        ends: float,
    ) -> Written:
        prompt = self._prompt_for(dossier)
        started = time.perf_counter()
        draft_of = self._whole if prompt.shape == "decision" else self._reason_by_reason
        try:
            async with asyncio.timeout_at(ends):
                draft, replies = await draft_of(prompt, dossier, corrections, previous, ends)
        except TimeoutError as error:
            message = f"no draft within {self._endpoint.deadline_s:g} s"
            raise WriterUnavailable(message) from error
        return Written(
            draft,
            "model",
            self._endpoint.model,
            prompt.name,
            prompt.sha256,
            tuple(reply.text for reply in replies),
            sum(reply.input_tokens for reply in replies),
            sum(reply.output_tokens for reply in replies),
            time.perf_counter() - started,
            WriterSettings(_temperature(prompt, previous), prompt.max_tokens),
        )

    def _prompt_for(self, dossier: Dossier) -> Prompt:
        if self._prompt is not None:
            return self._prompt
        family = f"{FAMILIES[self._prompt_set]}-{dossier.language}"
        prompt = labels.production(family)
        if prompt is None or dossier.audience not in prompt.audiences:
            message = f"no prompt of {family} is written for the {dossier.audience}"
            raise WriterUnavailable(message)
        return prompt

    async def _reason_by_reason(
        self,
        prompt: Prompt,
        dossier: Dossier,
        corrections: Sequence[Finding],
        previous: Written | None,
        ends: float,
    ) -> tuple[Draft, list[Reply]]:
        """Word the reasons one by one; those that no finding names stay as they are.

        A small model does not mend what it is told is wrong; it is asked again, less coolly.
        """
        kept = _kept(corrections, previous)
        temperature = _temperature(prompt, previous)
        cited = citations_of(dossier)
        statements, replies = [], []
        for reason in dossier.reasons:
            if reason.code in kept:
                text = kept[reason.code].text
            else:
                messages = [*_opening(prompt), _reason_message(reason, dossier)]
                request = Request(messages, prompt.schema, temperature, prompt.max_tokens)
                replies.append(await self._calls.ask(request, dossier.tenant_id, ends))
                text = _statement_in(replies[-1].text)
            statements.append(Statement(reason.code, text, cited.get(reason.code, ())))
        return Draft(summary_of(dossier), tuple(statements)), replies

    async def _whole(
        self,
        prompt: Prompt,
        dossier: Dossier,
        corrections: Sequence[Finding],
        previous: Written | None,
        ends: float,
    ) -> tuple[Draft, list[Reply]]:
        """Ask for all reasons at once; what was wrong before is shown after the former reply."""
        messages = [*_opening(prompt), _user(decision_case(dossier))]
        former = previous.raw[-1].strip() if previous is not None and previous.raw else ""
        if former:
            messages.append({"role": "assistant", "content": former[:LONGEST_SHOWN]})
            messages.append(_user(findings_case(corrections)))
        schema = _narrowed(prompt.schema, dossier)
        request = Request(messages, schema, prompt.temperature, prompt.max_tokens)
        reply = await self._calls.ask(request, dossier.tenant_id, ends)
        return _draft_in(reply.text), [reply]


def _temperature(prompt: Prompt, previous: Written | None) -> float:
    is_afresh = previous is None or prompt.shape == "decision"
    return prompt.temperature if is_afresh else CORRECTION_TEMPERATURE


def _opening(prompt: Prompt) -> list[ChatCompletionMessageParam]:
    """Put what never changes first, the same to the byte: the endpoint keeps it between calls."""
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": prompt.system}]
    for case, answer in prompt.examples:
        messages.append(_user(case))
        messages.append({"role": "assistant", "content": answer})
    return messages


def _user(content: str) -> ChatCompletionMessageParam:
    return {"role": "user", "content": content}


def _reason_message(reason: ReasonToExplain, dossier: Dossier) -> ChatCompletionMessageParam:
    return _user(reason_case(reason, dossier.language))


def _narrowed(schema: Mapping[str, Any], dossier: Dossier) -> Mapping[str, Any]:
    """Let the schema name the codes and citations of this case, where it has them."""
    narrowed: dict[str, Any] = deepcopy(dict(schema))
    reason = narrowed["properties"]["reasons"]["items"]["properties"]
    reason["code"]["enum"] = [reason.code for reason in dossier.reasons]
    citations = list(dict.fromkeys(passage.citation for passage in dossier.passages))
    if citations:
        reason["citations"]["items"]["properties"]["citation"]["enum"] = citations
    return narrowed


def _statement_in(raw: str) -> str:
    """Read one statement; a reply without one is an empty statement, which is then refused."""
    try:
        held = parsed(raw)
    except (ValueError, RecursionError):
        return ""
    statement = held.get("statement") if isinstance(held, dict) else None
    return _spaced(statement) if isinstance(statement, str) else ""


def _draft_in(raw: str) -> Draft:
    """Read a whole explanation; a reply of another form is an empty draft, which is refused."""
    read = read_reply(raw)
    if isinstance(read, Finding):
        return Draft("", ())
    statements = tuple(replace(each, text=_spaced(each.text)) for each in read.statements)
    return Draft(_spaced(read.summary), statements)


def _spaced(text: str) -> str:
    return " ".join(text.split())


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
