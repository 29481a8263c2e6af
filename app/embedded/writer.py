"""The embedded language model as a writer: started at the first draft, found again if restarted."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter, PromptSet
from app.domain.errors import WriterUnavailable
from app.domain.explanation import Dossier, Finding, Written
from app.embedded.attach import Attachment
from app.embedded.errors import EmbeddedServiceUnavailable
from app.use_cases.ports import ExplanationWriter


class EmbeddedWriter(ExplanationWriter):
    """Attaches to the language model when first needed, so that a start need not wait for it.

    `bounds` are those of any endpoint, without the address, which is known once it runs.
    """

    def __init__(self, state: Path, bounds: Endpoint, *, prompt_set: PromptSet = "small") -> None:
        self._state = state
        self._bounds = bounds
        self._prompt_set = prompt_set
        self._attachment: Attachment | None = None
        self._writer: OpenAIWriter | None = None
        self._base_url = ""
        self._starting = asyncio.Lock()

    @override
    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        writer = await self.start()
        return await writer.write(dossier, corrections=corrections, previous=previous)

    @override
    async def write_statements(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> AsyncGenerator[Written, None]:
        writer = await self.start()
        drafting = writer.write_statements(dossier, corrections=corrections, previous=previous)
        async for written in drafting:
            yield written

    async def start(self) -> OpenAIWriter:
        """Return the writer for where the model answers now. Raises WriterUnavailable."""
        async with self._starting:
            if self._attachment is None:
                try:
                    self._attachment = await asyncio.to_thread(
                        Attachment, "language-model", self._state
                    )
                except EmbeddedServiceUnavailable as error:
                    raise WriterUnavailable(str(error)) from error
            endpoint = self._attachment.current_endpoint()
            if endpoint is None:
                message = "the embedded model is being restarted"
                raise WriterUnavailable(message)
            if self._writer is None or endpoint["base_url"] != self._base_url:
                if self._writer is not None:
                    await self._writer.close()
                self._base_url = endpoint["base_url"]
                found = replace(
                    self._bounds,
                    base_url=endpoint["base_url"],
                    api_key=endpoint["api_key"],
                    model=endpoint["model"],
                )
                self._writer = OpenAIWriter(found, prompt_set=self._prompt_set)
            return self._writer

    async def close(self) -> None:
        """Close the connections and let go of the model."""
        if self._writer is not None:
            await self._writer.close()
        if self._attachment is not None:
            self._attachment.close()
