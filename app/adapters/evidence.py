"""The law a reason rests on: the passage in force that says so, and the words to quote."""

from collections.abc import Collection, Mapping
from datetime import date

from opentelemetry import trace
from typing_extensions import override

from app.db.engine import Sessions
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision, Jurisdiction
from app.domain.explanation import Citation, EvidencePassage
from app.domain.ids import TenantId
from app.domain.models import ReasonCode
from app.use_cases.ports import EvidenceFinder
from retrieval.passages import Citation as LegalAddress
from retrieval.passages import Hit, Query, Status
from retrieval.quotes import best_quote
from retrieval.search import Engine, find_passages
from retrieval.terms import terms_of

POOL = 12
MIN_QUOTE = 20  # a shorter statement proves nothing by standing in a passage
ASKED = "statement of specific reasons, principal reason for adverse action: {statement}"
# What requires reasons at all, per jurisdiction: cited where no passage names the factor itself.
DUTY: Mapping[str, LegalAddress] = {
    "US-federal": LegalAddress("12 CFR 1002.9(b)(2)"),
    "EU": LegalAddress("GDPR Art. 15(1)"),
    "UK": LegalAddress("UK GDPR Art. 15(1)"),
}
# What that law says of reasons, in its own words.
GIVING: Mapping[str, str] = {
    "US-federal": "specific principal reasons",
    "EU": "existence of automated decision-making meaningful information about the logic involved",
    "UK": "existence of automated decision-making meaningful information about the logic involved",
}
ON_REASONS: Mapping[str, tuple[str, ...]] = {
    "US-federal": ("reg-b-1002",),
    "EU": ("eu-gdpr", "eu-ai-act", "eu-cjeu"),
    "UK": ("uk-gdpr",),
}
tracer = trace.get_tracer("rationale.evidence")


class LibraryEvidence(EvidenceFinder):
    """Finds evidence in the policy library, as it stood on the day of the decision."""

    def __init__(self, sessions: Sessions, searching: Engine) -> None:
        self._sessions = sessions
        self._searching = searching

    @override
    async def find(
        self, decision: Decision, catalogue: Catalogue
    ) -> tuple[tuple[EvidencePassage, ...], Mapping[ReasonCode, Citation]]:
        statements = {reason.code: catalogue[reason.code].statement for reason in decision.reasons}
        queries = {
            code: Query(
                ASKED.format(statement=statement),
                decision.decided_at.date(),
                decision.jurisdiction,
                POOL,
            )
            for code, statement in statements.items()
        }
        with tracer.start_as_current_span("find evidence"):
            prepared = {code: await self._searching.prepare(q) for code, q in queries.items()}
            passages: dict[tuple[str, int], EvidencePassage] = {}
            quotes: dict[ReasonCode, Citation] = {}
            async with self._sessions.begin(decision.tenant_id) as tx:
                for code, statement in statements.items():
                    query = queries[code]
                    answer = await self._searching.find(tx.session, query, prepared[code])
                    duty = await find_passages(tx.session, DUTY[decision.jurisdiction], query)
                    hit, quote = choose(statement, decision.jurisdiction, answer.hits[:POOL], duty)
                    passages[hit.citation, hit.start] = _passage(hit)
                    quotes[code] = Citation(hit.citation, quote)
        return tuple(passages.values()), quotes

    @override
    async def read(
        self,
        tenant_id: TenantId,
        citations: Collection[str],
        *,
        jurisdiction: Jurisdiction,
        on: date,
    ) -> tuple[EvidencePassage, ...]:
        query = Query("", on, jurisdiction)
        async with self._sessions.begin(tenant_id) as tx:
            found = [
                hit
                for citation in dict.fromkeys(citations)
                for hit in await find_passages(tx.session, LegalAddress(citation), query)
            ]
        return tuple(_passage(hit) for hit in found)


def choose(
    statement: str, jurisdiction: str, hits: tuple[Hit, ...], duty: tuple[Hit, ...]
) -> tuple[Hit, str]:
    """Choose the passage and the words of it to quote for one reason.

    First one that names the very reason, as the sample forms do; else the rule that the
    reasons must be specific.
    """
    on_reasons = [
        hit
        for hit in hits
        if hit.document.startswith(ON_REASONS[jurisdiction]) and hit.status is Status.IN_FORCE
    ]
    for hit in on_reasons:
        at = hit.text.lower().find(statement.lower())
        if at >= 0 and len(statement) >= MIN_QUOTE:  # a word alone proves nothing by standing there
            return hit, hit.text[at : at + len(statement)]
    asked = f"{GIVING[jurisdiction]} {statement}"
    quoted = [(hit, best_quote(asked, hit.text)) for hit in duty or on_reasons[:1]]
    rule, (start, end) = max(quoted, key=lambda found: _shared(asked, found[0], found[1]))
    return rule, rule.text[start:end]


def _shared(asked: str, hit: Hit, span: tuple[int, int]) -> int:
    """How many words of the question a quote holds: a long article comes in several parts."""
    return len(set(terms_of(asked)) & set(terms_of(hit.text[span[0] : span[1]])))


def _passage(hit: Hit) -> EvidencePassage:
    status = "in force" if hit.status is Status.IN_FORCE else hit.status.value.replace("_", " ")
    return EvidencePassage(hit.citation, hit.text, status, hit.document_sha256, hit.start)
