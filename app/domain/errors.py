"""Refusals: facts of the domain that a person can act on.

Only the edges know what HTTP or the command line calls them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.domain.ids import DecisionId, ExplanationId, NoticeId


class DomainError(Exception):
    """A request that the rules refuse; the message says what to do about it."""

    code: ClassVar[str]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: its JSON Pointer and a sentence about it."""

    pointer: str
    detail: str


class InvalidFields(DomainError):
    """Something well-formed as JSON that does not mean anything as a request."""

    code = "invalid-fields"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(f"{p.pointer}: {p.detail}" for p in problems)
        super().__init__(f"The request was not understood: {listed}")


class UnknownModel(DomainError):
    """A decision names a model version nobody registered."""

    code = "unknown-model"

    def __init__(self, name: str, version: str) -> None:
        super().__init__(f"Model {name} {version} is not registered; register it first.")


class ModelAlreadyRegistered(DomainError):
    """That version stands with other contents; a version never changes."""

    code = "model-already-registered"

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"Model {name} {version} is registered with other contents; register a new version."
        )


class ProhibitedBasis(DomainError):
    """A feature that no US lender may use."""

    code = "prohibited-basis"

    def __init__(self, feature: str, basis: str, citation: str) -> None:
        super().__init__(f"Feature {feature!r} may not be used: it is {basis} ({citation}).")


class SubjectErased(DomainError):
    """The person's data was erased on request; what was decided stays in the audit trail."""

    code = "subject-erased"

    def __init__(self) -> None:
        super().__init__("The data of this person was erased; only the audit trail remains.")


class SubjectNotFound(DomainError):
    """Nobody with that reference is known."""

    code = "subject-not-found"

    def __init__(self) -> None:
        super().__init__("No decision about a person with that reference is held.")


class ErasureRefused(DomainError):
    """Records that the law still has kept."""

    code = "erasure-refused"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(f"Nothing was erased: {'; '.join(reasons)}.")


class UnknownProduct(DomainError):
    """An application for something no model is configured for."""

    code = "unknown-product"

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(f"No model decides this product; known ones: {', '.join(known)}.")


class RefusedAttribution(DomainError):
    """Attributions from which no lawful statement of reasons can be drawn."""

    code = "refused-attribution"
    kind: ClassVar[str]


class NotFinite(RefusedAttribution):
    """A number that is NaN or infinite."""

    code = "not-finite"
    kind = "not-finite"

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} is not a finite number.")


class ReferenceMissing(RefusedAttribution):
    """The chosen reference population, or a mean or median in it, is not registered."""

    code = "reference-missing"
    kind = "reference-missing"

    def __init__(self, what: str) -> None:
        super().__init__(f"The registration holds no {what} to compare with.")


class ProtectedFeature(RefusedAttribution):
    """A feature on a prohibited basis (12 CFR 1002.2(z), 1002.6(b)(1))."""

    code = "protected-feature"
    kind = "protected-feature"

    def __init__(self, feature: str) -> None:
        super().__init__(
            f"{feature!r} is a prohibited basis and may not be used in any system of "
            "evaluating creditworthiness (12 CFR 1002.6(b)(1))."
        )


class UnmappedFeature(RefusedAttribution):
    """A scored feature without a reason code (comment 9(b)(2)-4: none may be left out)."""

    code = "unmapped-feature"
    kind = "unmapped-feature"

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature!r} was scored but has no reason code in the registration.")


class AttributionSumOff(RefusedAttribution):
    """Contributions that do not add up to the score they are said to explain."""

    code = "attribution-sum"
    kind = "attribution-sum"

    def __init__(self, total: object, score: object) -> None:
        super().__init__(f"Base and contributions add up to {total}, the score is {score}.")


class DecisionNotFound(DomainError):
    """No such decision is visible to the actor."""

    code = "decision-not-found"

    def __init__(self, decision_id: DecisionId | str) -> None:
        super().__init__(f"There is no decision {decision_id}.")


class ExternalIdTaken(DomainError):
    """Another decision already carries this external id."""

    code = "external-id-taken"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(
            f"The external id belongs to decision {decision_id}, recorded with "
            "another body; a correction is recorded as an event on that decision."
        )


class IdempotencyKeyReused(DomainError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request; send a new key.")


class NothingToExplain(DomainError):
    """The decision was not adverse, so there are no principal reasons."""

    code = "nothing-to-explain"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(f"Decision {decision_id} was not adverse; it has no principal reasons.")


class DecisionQuarantined(DomainError):
    """The decision failed a check, so no reason of it is proved."""

    code = "decision-quarantined"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(
            f"Decision {decision_id} is quarantined: its findings say which check failed. "
            "Record what corrects it, then tell us that it was superseded."
        )


class EventRefused(DomainError):
    """An event that cannot have happened to this decision."""

    code = "event-refused"

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(f"The event {kind!r} was not recorded: {why}.")


class RecourseUnavailable(DomainError):
    """The model that decided cannot be asked what would have met its cutoff."""

    code = "recourse-unavailable"

    def __init__(self, decision_id: DecisionId, why: str) -> None:
        super().__init__(f"No recourse can be worked out for decision {decision_id}: {why}.")


class ExplanationNotReady(DomainError):
    """The explanation is still being written."""

    code = "explanation-not-ready"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(f"The explanation of decision {decision_id} is still being written.")


class ExplanationWithheld(DomainError):
    """No draft passed, not even the template: a person must look at it."""

    code = "explanation-withheld"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(
            f"No draft explaining decision {decision_id} could be proved; it waits for a person. "
            "The notice is not affected."
        )


class NoticeNotFound(DomainError):
    """No notice was issued, or none is owed."""

    code = "notice-not-found"

    def __init__(self, decision_id: DecisionId) -> None:
        super().__init__(f"No notice has been issued for decision {decision_id}.")


class NoticeIncomplete(DomainError):
    """A notice lacking an element the law requires is never issued."""

    code = "notice-incomplete"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"The notice lacks {', '.join(missing)} and was not issued.")


class NoticeUnprintable(DomainError):
    """A name or an address in letters that no font here has: it is printed by other means."""

    code = "notice-unprintable"

    def __init__(self, notice_id: NoticeId) -> None:
        super().__init__(
            f"Notice {notice_id} holds letters that no installed font has; install one, or print "
            "it from HTML."
        )


class AgencyNotConfirmed(DomainError):
    """The agency's address comes from no text we hold, and nobody has looked it up yet."""

    code = "agency-not-confirmed"

    def __init__(self, agency_type: str) -> None:
        super().__init__(
            f"Compare the agency for {agency_type!r} with 12 CFR 1002 App. A and confirm it in "
            "the creditor profile; until then no notice names it."
        )


class PassageNotFound(DomainError):
    """No passage with this citation is held for that date."""

    code = "passage-not-found"

    def __init__(self) -> None:
        super().__init__("No passage with this citation is held for that date.")


class UnreadablePolicyDocument(DomainError):
    """A file that cannot be read as a policy document; nothing of it was stored."""

    code = "unreadable-document"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{message} ({reason})")
        self.reason = reason


class OverlappingDocument(DomainError):
    """A version of a document for a time in which another version is in force."""

    code = "overlapping-document"


class DocumentNotFound(DomainError):
    """No policy document of the tenant's own has this name and is in force."""

    code = "document-not-found"

    def __init__(self) -> None:
        super().__init__("No document of your own by this name is in force.")


class NotAllowed(DomainError):
    """The actor lacks the permission."""

    code = "not-allowed"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission '{permission}'.")


class NotAuthenticated(DomainError):
    """No token, or one that proves nothing."""

    code = "not-authenticated"

    def __init__(self, why: str) -> None:
        super().__init__(f"A valid bearer token is needed: {why}.")


class ModelUnavailable(DomainError):
    """A scoring, pricing or embedding model did not answer usefully."""

    code = "model-unavailable"

    def __init__(self, model: str, why: str) -> None:
        super().__init__(f"The {model} model did not answer: {why}.")


class WriterUnavailable(DomainError):
    """The language model did not answer usefully; the template writer takes over."""

    code = "writer-unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"The language model did not answer: {why}.")


class SigningUnavailable(DomainError):
    """No receipt can be signed or checked, because its keys cannot be read or made."""

    code = "signing-unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"Receipts cannot be signed: {why}.")


class ExplanationNotFound(DomainError):
    """No explanation with that id is visible to the actor."""

    code = "explanation-not-found"

    def __init__(self, explanation_id: ExplanationId) -> None:
        super().__init__(f"There is no explanation {explanation_id}.")


class NothingToReplay(DomainError):
    """An explanation that no writer can be asked for again."""

    code = "nothing-to-replay"

    def __init__(self, explanation_id: ExplanationId, why: str) -> None:
        super().__init__(f"Explanation {explanation_id} cannot be replayed: {why}.")
