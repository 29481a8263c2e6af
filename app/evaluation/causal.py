"""Causal citation test: take away or alter what a claim cites, and see whether the claim survives.

A claim that is accepted whatever its passage says was never supported by it. Each claim that
passes as it stands is tried again with every alteration; none may survive.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from app.domain.catalogue import Catalogue
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.explanation import (
    Citation,
    Dossier,
    Draft,
    EvidencePassage,
    Finding,
)
from app.domain.verification.reply import read_reply
from app.domain.verification.verify import findings_of
from app.evaluation import grounding

# Law in force about another subject: what a claim about reasons cannot rest on.
ELSEWHERE = EvidencePassage(
    "12 CFR 1002.14(a)(1)",
    "A creditor shall provide an applicant a copy of all appraisals and other written valuations "
    "developed in connection with an application for credit that is to be secured by a first "
    "lien on a dwelling.",
    "in force",
)
AUXILIARY = re.compile(
    r"\b(?:must|shall|may|can|will|should|is|are|was|were|be|has|have|indicates?|describes?)\b",
    re.IGNORECASE,
)
FIRST_WORD = re.compile(r"\S+(?=\s)")


@dataclass(frozen=True, slots=True)
class CausalCase:
    """An explanation with the dossier that it was proved against."""

    id: str
    draft: Draft
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class Altered:
    """The same claim after its passage was taken away or altered."""

    kind: str
    draft: Draft
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class CausalReport:
    """How many claims survived each alteration: `by_alteration` holds [tried, survived].

    `left_out` counts the cases whose draft does not pass as it stands: nothing to take away.
    """

    cases: int
    left_out: int
    claims: int
    tried: int
    survived: int
    survived_share: float
    by_alteration: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    survivors: tuple[str, ...] = ()


def evaluate_citations(cases: Iterable[CausalCase]) -> CausalReport:
    """Alter what each citation of each accepted draft rests on."""
    seen = left_out = claims = 0
    tried: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    survivors = []
    for case in cases:
        seen += 1
        if findings_of(case.draft, case.dossier):
            left_out += 1
            continue
        for at, statement in enumerate(case.draft.statements):
            claims += 1
            for number in range(len(statement.citations)):
                for altered in alterations(case, at, number):
                    tried[altered.kind] += 1
                    if _survives(altered, at):
                        survived[altered.kind] += 1
                        survivors.append(f"{case.id}: {statement.code}, {altered.kind}")
    total, alive = tried.total(), survived.total()
    return CausalReport(
        seen,
        left_out,
        claims,
        total,
        alive,
        round(alive / total, 4) if total else 0.0,
        {kind: (tried[kind], survived[kind]) for kind in sorted(tried)},
        tuple(survivors),
    )


def alterations(case: CausalCase, at: int, number: int) -> Iterator[Altered]:
    """Yield every alteration of what one citation rests on. The claim's own words never change."""
    draft, dossier = case.draft, case.dossier
    citation = draft.statements[at].citations[number]
    kept = tuple(p for p in dossier.passages if p.citation != citation.citation)
    cited = tuple(p for p in dossier.passages if p.citation == citation.citation)
    turned = negate(citation.quote)

    def among(*passages: EvidencePassage) -> Dossier:
        return replace(dossier, passages=(*kept, *passages))

    def citing(other: Citation) -> Draft:
        return _with_citation(draft, at, number, other)

    negated = tuple(replace(p, text=_rewritten(p.text, citation.quote, turned)) for p in cited)
    yield Altered("removed", draft, among())
    denied = tuple(
        replace(p, text=_rewritten(p.text, citation.quote, f"not {citation.quote}")) for p in cited
    )
    yield Altered("negated", draft, among(*negated))
    yield Altered("negated-before", draft, among(*denied))
    yield Altered(
        "negated-and-quoted", citing(Citation(citation.citation, turned)), among(*negated)
    )
    yield Altered("other-text", draft, among(*(replace(p, text=ELSEWHERE.text) for p in cited)))
    yield Altered(
        "cited-elsewhere",
        citing(Citation(ELSEWHERE.citation, citation.quote)),
        among(*cited, ELSEWHERE),
    )
    yield Altered(
        "quoted-elsewhere",
        citing(Citation(ELSEWHERE.citation, ELSEWHERE.text)),
        among(*cited, ELSEWHERE),
    )
    for status in ("superseded", "withdrawn"):
        yield Altered(status, draft, among(*(replace(p, status=status) for p in cited)))


def negate(quote: str) -> str:
    """Turn what words say into its opposite: "must be specific" into "must not be specific"."""
    found = AUXILIARY.search(quote) or FIRST_WORD.search(quote)
    if found is None:
        return f"not {quote}"
    return f"{quote[: found.end()]} not{quote[found.end() :]}"


def read_cases(lines: Iterable[str], catalogue: Catalogue) -> Iterator[CausalCase]:
    """Read grounding cases, the faithful ones alone. Raises InvalidFields, naming the case."""
    for case in grounding.read_cases(lines, catalogue):
        if not case.faithful:
            continue
        draft = read_reply(case.reply)
        if isinstance(draft, Finding):
            problem = FieldProblem(f"/{case.id}", f"its reply cannot be read: {draft.rule}")
            raise InvalidFields([problem])
        yield CausalCase(case.id, draft, case.dossier)


def _survives(altered: Altered, at: int) -> bool:
    """Whether nothing is found against this very claim, whatever befalls the others."""
    here = f"reasons[{at}]"
    found = findings_of(altered.draft, altered.dossier)
    return not any(finding.where.startswith(here) for finding in found)


def _with_citation(draft: Draft, at: int, number: int, citation: Citation) -> Draft:
    statement = draft.statements[at]
    citations = list(statement.citations)
    citations[number] = citation
    statements = list(draft.statements)
    statements[at] = replace(statement, citations=tuple(citations))
    return replace(draft, statements=tuple(statements))


def _rewritten(text: str, quote: str, instead: str) -> str:
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    return re.sub(pattern, lambda _: instead, text)
