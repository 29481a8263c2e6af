"""A draft with all that it came from, and what differs when its writer is asked once more."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.explanation import Dossier, Draft, Finding, Written
from app.domain.ids import DecisionId, DraftId, ExplanationId
from app.domain.sentences import sentences_of


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft, the dossier it was written from, and what the verifier found wrong with it.

    `previous` is the draft that it was to mend, None for a first one.
    """

    id: DraftId
    written: Written
    dossier: Dossier
    findings: tuple[Finding, ...]
    previous: "KeptDraft | None" = None


@dataclass(frozen=True, slots=True)
class KeptExplanation:
    """A published explanation's id, its decision, and the draft that passed."""

    id: ExplanationId
    decision_id: DecisionId
    draft: KeptDraft


@dataclass(frozen=True, slots=True)
class Compared:
    """One sentence, or one trait of the writer, as kept and as it is now; None where missing."""

    where: str
    number: int
    kept: str | None
    again: str | None

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return self.kept == self.again


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of asking again: the writer, every sentence, and the verdict on the new draft."""

    kept: KeptExplanation
    again: Written
    findings: tuple[Finding, ...]
    writer: tuple[Compared, ...]
    sentences: tuple[Compared, ...]

    @property
    def differences(self) -> tuple[Compared, ...]:
        """All that is not as it was, a new refusal included."""
        verdict = Compared("verdict", 1, "verified", "rejected" if self.findings else "verified")
        compared = (*self.writer, *self.sentences, verdict)
        return tuple(found for found in compared if not found.is_same)

    @property
    def is_same(self) -> bool:
        """Whether the same writer wrote the same words, and they pass."""
        return not self.differences


def replayed(kept: KeptExplanation, again: Written, findings: tuple[Finding, ...]) -> Replayed:
    """Compare a new draft with the one that was published."""
    before = kept.draft.written
    return Replayed(
        kept,
        again,
        findings,
        tuple(_traits(before, again)),
        tuple(_side_by_side(before.draft, again.draft)),
    )


def _traits(kept: Written, again: Written) -> Iterator[Compared]:
    """The same writer is the same model, asked with the same prompt and the same settings."""
    for name in ("writer", "model", "prompt", "prompt_sha256"):
        yield Compared(f"writer.{name}", 1, getattr(kept, name), getattr(again, name))
    for name in ("temperature", "max_tokens", "seed"):
        before, now = getattr(kept.settings, name), getattr(again.settings, name)
        yield Compared(f"writer.{name}", 1, _text(before), _text(now))


def _side_by_side(kept: Draft, again: Draft) -> Iterator[Compared]:
    before = {(s.where, s.number): s.text for s in sentences_of(kept)}
    now = {(s.where, s.number): s.text for s in sentences_of(again)}
    for where, number in dict.fromkeys((*before, *now)):
        place = (where, number)
        yield Compared(where, number, before.get(place), now.get(place))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
