"""A type per identifier, so that one cannot stand in for another. All are UUIDv7."""

from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
SubjectId = NewType("SubjectId", UUID)
DecisionId = NewType("DecisionId", UUID)
ExplanationId = NewType("ExplanationId", UUID)
DraftId = NewType("DraftId", UUID)
NoticeId = NewType("NoticeId", UUID)
EventId = NewType("EventId", UUID)
ReferralId = NewType("ReferralId", UUID)
WordingId = NewType("WordingId", UUID)
EndpointId = NewType("EndpointId", UUID)
MessageId = NewType("MessageId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
LinkId = NewType("LinkId", UUID)
SessionId = NewType("SessionId", UUID)
