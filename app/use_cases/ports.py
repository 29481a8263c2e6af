"""What use cases need from outside: a Protocol only where two real implementations exist."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

from app.domain.budgets import Reservation, Spending
from app.domain.catalogue import Catalogue
from app.domain.checkpoints import BrokenCheckpoint, Checkpoint, SignedCheckpoint
from app.domain.decisions import Decision, Jurisdiction, Offer, Score
from app.domain.explanation import Citation, Dossier, EvidencePassage, Finding, Written
from app.domain.ids import MessageId, TenantId
from app.domain.models import Feature, ModelVersion, ReasonCode
from app.domain.reasons import Attributed, RuleHit
from app.domain.receipts import Content, PublishedKey, SignedReceipt
from app.domain.webhook_retries import Outcome

Clock = Callable[[], datetime]
NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Scored:
    """A scoring model's answer, parsed and not yet believed."""

    model: ModelVersion
    score: Score
    cutoff: Decimal
    attributed: Attributed
    claimed_reasons: tuple[ReasonCode, ...]
    reference_sha256: str
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Priced:
    """A pricing model's answer: the terms asked for, a smaller counteroffer, or neither.

    `rules` are those that kept it from granting what was asked; they are the reasons then.
    `is_less_favorable` says that the price is materially worse than the best that a substantial
    proportion of consumers gets (12 CFR 1022.72(a)).
    """

    model: ModelVersion
    outcome: Literal["offer", "counteroffer", "decline"]
    offer: Offer
    counteroffer: Offer | None
    rules: tuple[RuleHit, ...]
    is_less_favorable: bool = False


@dataclass(frozen=True, slots=True)
class Rescored:
    """Scores of variants of one application, by the model version that gave them.

    `score` is that of the application itself; the others come in the order asked.
    """

    model: ModelVersion
    score: Decimal
    inputs: tuple[Decimal, ...]
    features: tuple[Decimal, ...]


class RescoringModel(Protocol):
    """Scores variants of an application: what recourse and the substitution check ask for."""

    async def rescore(
        self,
        product: str,
        application: Mapping[str, object],
        *,
        inputs: Sequence[Mapping[str, Decimal]] = (),
        features: Sequence[Mapping[Feature, Decimal]] = (),
    ) -> Rescored:
        """Score with other raw inputs, or with other values of features. Raises as `score`."""
        ...


class ScoringModel(Protocol):
    """Scores an application. Raises ModelUnavailable, or InvalidFields for bad input."""

    async def score(self, product: str, application: Mapping[str, object]) -> Scored:
        """Score one application for a product."""
        ...


class PricingModel(Protocol):
    """Prices a scored application. Raises ModelUnavailable, or InvalidFields for bad input."""

    async def price(self, product: str, application: Mapping[str, object], score: Score) -> Priced:
        """Price one application for a product at its score."""
        ...


class ExplanationWriter(Protocol):
    """Drafts an explanation from a dossier; what it drafts is a proposal."""

    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        """Draft once, mending in `previous` what `corrections` name. Raises WriterUnavailable."""
        ...

    async def write_statements(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> AsyncGenerator[Written, None]:
        """Draft as `write` does, and yield the draft so far whenever a statement is worded.

        What is yielded last is the whole draft; a writer that words all at once yields once.
        """
        yield await self.write(dossier, corrections=corrections, previous=previous)


class Budget(Protocol):
    """Sets aside what a call to a language model may cost, before it is made."""

    async def reserve(self, tenant_id: TenantId | None, most: Spending) -> Reservation | None:
        """Set aside the most that a call may cost; None where the tenant's budget is used up."""
        ...

    async def settle(self, reservation: Reservation, spent: Spending) -> None:
        """Replace what was set aside by what the call cost."""
        ...


class EvidenceFinder(Protocol):
    """Finds the law that a decision's reasons rest on, as it stood on the decision's date."""

    async def find(
        self, decision: Decision, catalogue: Catalogue
    ) -> tuple[tuple[EvidencePassage, ...], Mapping[ReasonCode, Citation]]:
        """Return the passages that may be cited, and per reason the words to quote."""
        ...

    async def read(
        self,
        tenant_id: TenantId,
        citations: Collection[str],
        *,
        jurisdiction: Jurisdiction,
        on: date,
    ) -> tuple[EvidencePassage, ...]:
        """Return the passages of these addresses that were in force on a day; no search is run."""
        ...


class Signer(Protocol):
    """Signs receipts; the key stays where it is."""

    def digest(self, value: Content) -> str:
        """Return the SHA-256 of the canonical JSON (RFC 8785) of a value."""
        ...

    def sign(self, content: Content) -> SignedReceipt:
        """Sign a receipt's content with the key that is current; the content then names it."""
        ...

    def public_keys(self) -> Sequence[PublishedKey]:
        """Return every key that ever signed, the newest first."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One attempt to deliver a message, signed with each of the secrets at the time `at`."""

    url: str
    message_id: MessageId
    body: str
    secrets: tuple[str, ...]
    at: datetime


class WebhookSender(Protocol):
    """Sends messages to URLs that tenants chose, and nowhere into our own network."""

    async def check(self, url: str) -> None:
        """Resolve a URL as for sending. Raises WebhookUrlRefused where nothing may be sent."""
        ...

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Send once, to an address checked at this moment; no failure is raised."""
        ...


class CheckpointSigner(Protocol):
    """Signs checkpoints of audit chains, and tells those it signed from all others."""

    def sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        """Sign with the key that is current. Raises SigningUnavailable."""
        ...

    def read(self, document: object, place: str) -> SignedCheckpoint | BrokenCheckpoint:
        """Return the checkpoint that a document of JSON is, or why it is none."""
        ...


class OutsideCheckpoints(Protocol):
    """Where checkpoints are kept outside the database. Blocks; raises OSError."""

    def path(self, tenant_id: TenantId) -> Path:
        """Return where a tenant's lie."""
        ...

    def last(self, tenant_id: TenantId) -> object | None:
        """Return the last one's document, unread; None where there is none."""
        ...

    def append(self, tenant_id: TenantId, checkpoints: Sequence[SignedCheckpoint]) -> None:
        """Add those that are later than the last one; they are safe when this returns."""
        ...

    def lines(self, tenant_id: TenantId) -> Iterator[tuple[int, object | None]]:
        """Yield number and document, unread, of each that is there at the call."""
        ...
