"""A receipt: what was decided, explained and sent, in hashes that anyone may check later.

It holds ids, codes and hashes alone: no name, no address, and nothing of the application.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.decisions import Decision
from app.domain.explanation import Explanation
from app.domain.ids import NoticeId
from app.domain.reasons import Attributed
from app.domain.sentences import sentences_of

FORMAT = "rationale-receipt-1"
Content = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class IssuedNotice:
    """A notice as a receipt names it: by the hash of what was issued."""

    id: NoticeId
    duty: str
    addressee: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt's content as it was signed, and the signature in base64url."""

    content: Content
    signature: str


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key that receipts are checked with: an Ed25519 point in base64url (RFC 8037).

    `id` is the key's own thumbprint (RFC 7638), so a key cannot stand under another's id.
    """

    id: str
    x: str


def receipt_content(
    decision: Decision,
    explanation: Explanation | None,
    notices: Sequence[IssuedNotice],
    *,
    facts_sha256: str | None,
    issued_at: datetime,
) -> Content:
    """Say what a receipt attests; whoever signs adds the key.

    `explanation` is None where none is owed, `facts_sha256` where no model scored.
    """
    return {
        "format": FORMAT,
        "decision_id": str(decision.id),
        "tenant_id": str(decision.tenant_id),
        "action": decision.action,
        "decided_at": _instant(decision.decided_at),
        "facts_sha256": facts_sha256,
        "reason_codes": [str(reason.code) for reason in decision.reasons],
        "model": None
        if decision.model is None
        else {
            "name": decision.model.name,
            "version": decision.model.version,
            "sha256": decision.model.artifact_sha256,
        },
        **_explained(explanation),
        "notices": [
            {
                "id": str(notice.id),
                "duty": notice.duty,
                "addressee": notice.addressee,
                "content_sha256": notice.content_sha256,
            }
            for notice in notices
        ],
        "issued_at": _instant(issued_at),
    }


def facts_content(attributed: Attributed) -> Content:
    """Return the attributed facts as recorded, for hashing: every number as its decimal text."""
    return {
        "score": str(attributed.score),
        "base": str(attributed.base),
        "items": [
            {
                "feature": item.feature,
                "value": item.value
                if item.value is None or isinstance(item.value, bool)
                else str(item.value),
                "contribution": str(item.contribution),
            }
            for item in attributed.items
        ],
        "rules": [{"id": rule.id, "code": rule.code} for rule in attributed.rules],
        "component": attributed.component,
        "judgmental": list(attributed.judgmental),
    }


def _explained(explanation: Explanation | None) -> Content:
    if explanation is None:
        return {
            "explanation_id": None,
            "audience": None,
            "language": None,
            "written_by": None,
            "sentences": [],
            "evidence": [],
        }
    return {
        "explanation_id": str(explanation.id),
        "audience": explanation.audience,
        "language": explanation.language,
        "written_by": {
            "writer": explanation.writer,
            "model": explanation.model,
            "prompt": explanation.prompt,
            "prompt_sha256": explanation.prompt_sha256,
        },
        "sentences": [
            {"where": s.where, "number": s.number, "sha256": _sha256(s.text)}
            for s in sentences_of(explanation.draft)
        ],
        "evidence": [
            {
                "where": entry.where,
                "kind": entry.kind,
                "ref": entry.ref,
                "version_sha256": entry.version_sha256,
                "start": entry.start,
                "end": entry.end,
            }
            for entry in explanation.evidence
        ],
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
