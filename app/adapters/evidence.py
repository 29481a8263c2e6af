"""The law a reason rests on: the passage in force that says so, and the words to quote."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from opentelemetry import trace
from typing_extensions import override

from app.db.engine import Sessions, Tx
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision, Jurisdiction
from app.domain.explanation import Citation, EvidencePassage
from app.domain.ids import TenantId
from app.domain.models import ReasonCode
from app.use_cases.ports import EvidenceFinder
from retrieval.library import View
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
KEPT_VIEWS = 8
KEPT_ANSWERS = 2000  # the catalogue on a month of days
Held = TypeVar("Held")
tracer = trace.get_tracer("rationale.evidence")


Key = tuple[str, str, date]  # a statement or an address, the jurisdiction, the day
Chosen = tuple[EvidencePassage, str]


@dataclass(slots=True)
class _Known:
    """What was found while the library stood as one view shows it."""

    view: View
    chosen: OrderedDict[Key, Chosen] = field(default_factory=OrderedDict)
    passages: OrderedDict[Key, tuple[EvidencePassage, ...]] = field(default_factory=OrderedDict)


class LibraryEvidence(EvidenceFinder):
    """Finds evidence in the policy library, as it stood on the day of the decision.

    The same reason on the same day rests on the same words until the library changes, so what
    was found is kept with the view it was found in. A view that no longer holds is never asked.
    """

    def __init__(self, sessions: Sessions, searching: Engine) -> None:
        self._sessions = sessions
        self._searching = searching
        self._known: OrderedDict[int, _Known] = OrderedDict()

    @override
    async def find(
        self, decision: Decision, catalogue: Catalogue
    ) -> tuple[tuple[EvidencePassage, ...], Mapping[ReasonCode, Citation]]:
        statements = {reason.code: catalogue[reason.code].statement for reason in decision.reasons}
        on = decision.decided_at.date()
        keys: dict[ReasonCode, Key] = {
            code: (statement, decision.jurisdiction, on) for code, statement in statements.items()
        }
        with tracer.start_as_current_span("find evidence"):
            async with self._sessions.begin(decision.tenant_id) as tx:
                known = await self._known_now(tx)
            chosen = {key: known.chosen[key] for key in keys.values() if key in known.chosen}
            missing = [key for key in dict.fromkeys(keys.values()) if key not in chosen]
            if missing:
                chosen |= await self._choose(missing, decision)
        passages: dict[tuple[str, int], EvidencePassage] = {}
        quotes: dict[ReasonCode, Citation] = {}
        for code, key in keys.items():
            passage, quote = chosen[key]
            passages[passage.citation, passage.start] = passage
            quotes[code] = Citation(passage.citation, quote)
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
        read: list[EvidencePassage] = []
        async with self._sessions.begin(tenant_id) as tx:
            known = await self._known_now(tx)
            for citation in dict.fromkeys(citations):
                key = (citation, jurisdiction, on)
                if key not in known.passages:
                    hits = await find_passages(tx.session, LegalAddress(citation), query)
                    _remember(known.passages, key, tuple(_passage(hit) for hit in hits))
                read.extend(known.passages[key])
        return tuple(read)

    async def _choose(self, keys: Sequence[Key], decision: Decision) -> Mapping[Key, Chosen]:
        """Search for each statement. No transaction is open while the questions are embedded."""
        queries = {
            key: Query(ASKED.format(statement=key[0]), key[2], decision.jurisdiction, POOL)
            for key in keys
        }
        prepared = {key: await self._searching.prepare(query) for key, query in queries.items()}
        chosen: dict[Key, Chosen] = {}
        async with self._sessions.begin(decision.tenant_id) as tx:
            known = await self._known_now(tx)
            for key, query in queries.items():
                answer = await self._searching.find(tx.session, query, prepared[key])
                duty = await find_passages(tx.session, DUTY[decision.jurisdiction], query)
                hit, quote = choose(key[0], decision.jurisdiction, answer.hits[:POOL], duty)
                chosen[key] = (_passage(hit), quote)
                if prepared[key].embeddings is not None:  # words alone find less; ask again
                    _remember(known.chosen, key, chosen[key])
        return chosen

    async def _known_now(self, tx: Tx) -> _Known:
        """Return what is known of the library as this transaction sees it.

        The view is read before what is kept with it: a change between the two is kept with a
        view that no later transaction sees.
        """
        view = await self._searching.library.view(tx.session)
        known = self._known.get(id(view))
        if known is None or known.view is not view:
            known = self._known[id(view)] = _Known(view)
        self._known.move_to_end(id(view))
        while len(self._known) > KEPT_VIEWS:
            self._known.popitem(last=False)
        return known


def _remember(kept: OrderedDict[Key, Held], key: Key, held: Held) -> None:
    kept[key] = held
    while len(kept) > KEPT_ANSWERS:
        kept.popitem(last=False)


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
