"""Promotes a prompt with the model that is configured, embedded or not."""

from collections.abc import Callable

from app.adapters.openai_writer import OpenAIWriter
from app.domain.errors import WriterUnavailable
from app.embedded.start import Started
from app.embedded.writer import EmbeddedWriter
from app.evaluation.prompts import Promotion, promote_unless_worse


async def promote_prompt(
    started: Started, name: str, count: int, progress: Callable[[str, int, int], None]
) -> Promotion:
    """Measure and promote. Raises WriterUnavailable, also where no model is configured."""
    writer = started.resources.writer
    if isinstance(writer, EmbeddedWriter):
        writer = await writer.start()
    if not isinstance(writer, OpenAIWriter):
        message = "none is configured (LLM_DISABLED), so no prompt can be measured"
        raise WriterUnavailable(message)
    return await promote_unless_worse(
        name, writer, started.resources.catalogue, count=count, progress=progress
    )
