"""How good a prompt is: the share of fixed dossiers that its first draft explains provably."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast
from uuid import UUID

from typing_extensions import override

from app.adapters.openai_writer import OpenAIWriter
from app.domain.catalogue import Catalogue
from app.domain.explanation import (
    Audience,
    Citation,
    Dossier,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
    Side,
    Verified,
)
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from app.domain.verification.verify import verify
from app.use_cases.ports import ExplanationWriter
from prompts.labels import production, promote
from prompts.loader import FOLDER, load

DOSSIERS = 24
STRIDE = 11
FACTS = Path(__file__).with_name("prompt_facts.csv")
VALUES = 3  # of many sizes, for each fact
RULE = EvidencePassage(
    "12 CFR 1002.9(b)(2)",
    "The statement of reasons for adverse action required by paragraph (a)(2)(i) of this section "
    "must be specific and indicate the principal reason(s) for the adverse action.",
    "in force",
)
QUOTE = Citation(
    RULE.citation, "must be specific and indicate the principal reason(s) for the adverse action"
)
WITHOUT_FACTS = ("C1-06", "C1-14", "C1-20", "X-AS-02", "X-VF-02", "C1-17")


@dataclass(frozen=True, slots=True)
class PromptScore:
    """What a prompt did with the fixed dossiers, each drafted once."""

    accepted: int
    dossiers: int
    reasons_accepted: int
    reasons: int
    tokens: int
    seconds: float

    @property
    def share(self) -> float:
        """Share of dossiers whose first draft was proved as a whole."""
        return self.accepted / self.dossiers

    def is_worse_than(self, other: "PromptScore") -> bool:
        """Whether fewer dossiers pass; of as many, whether fewer reasons do."""
        return (self.accepted, self.reasons_accepted) < (other.accepted, other.reasons_accepted)

    @override
    def __str__(self) -> str:
        """Say it in a line, as the labels keep it."""
        return (
            f"{self.accepted} of {self.dossiers} dossiers and {self.reasons_accepted} of "
            f"{self.reasons} reasons at the first draft, {self.tokens} tokens, {self.seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of proposing a prompt for use, and what each was measured at, by name."""

    name: str
    is_promoted: bool
    measured: dict[str, str]


async def promote_unless_worse(
    name: str,
    writer: OpenAIWriter,
    catalogue: Catalogue,
    *,
    count: int = DOSSIERS,
    progress: Callable[[str, int, int], None] | None = None,
    folder: Path = FOLDER,
) -> Promotion:
    """Measure a prompt beside the one in use, and use it unless it does worse.

    Raises UnknownPrompt, PromptEdited, or WriterUnavailable: what was not measured stays.
    """
    proposed = load(name, folder)
    standing = production(proposed.family, folder)
    scores: dict[str, PromptScore] = {}
    for prompt in (standing, proposed):
        if prompt is None or prompt.name in scores:
            continue
        dossiers = fixed_dossiers(
            catalogue,
            cast("Language", prompt.language),
            count=count,
            audience=cast("Audience", prompt.audiences[0]),
        )
        show = None if progress is None else partial(progress, prompt.name)
        scores[prompt.name] = await evaluate_prompt(writer.with_prompt(prompt), dossiers, show)
    measured = {of: f"{score}, by {writer.model}" for of, score in scores.items()}
    if standing is not None and scores[name].is_worse_than(scores[standing.name]):
        return Promotion(name, is_promoted=False, measured=measured)
    promote(name, measured[name], folder)
    return Promotion(name, is_promoted=True, measured=measured)


async def evaluate_prompt(
    writer: ExplanationWriter,
    dossiers: tuple[Dossier, ...],
    progress: Callable[[int, int], None] | None = None,
) -> PromptScore:
    """Draft each dossier once and verify it. Raises WriterUnavailable: no answer is no measure."""
    accepted = reasons_accepted = tokens = 0
    seconds = 0.0
    for at, dossier in enumerate(dossiers, start=1):
        written = await writer.write(dossier)
        verdict = verify(written.draft, dossier)
        blamed = (
            set()
            if isinstance(verdict, Verified)
            else {finding.where.partition(".")[0] for finding in verdict.findings}
        )
        accepted += isinstance(verdict, Verified)
        if "reasons" not in blamed:  # else they are not even the reasons asked for, in order
            reasons_accepted += sum(
                f"reasons[{n}]" not in blamed for n in range(len(dossier.reasons))
            )
        tokens += written.input_tokens + written.output_tokens
        seconds += written.seconds
        if progress is not None:
            progress(at, len(dossiers))
    reasons = sum(len(dossier.reasons) for dossier in dossiers)
    return PromptScore(accepted, len(dossiers), reasons_accepted, reasons, tokens, seconds)


def fixed_dossiers(
    catalogue: Catalogue, language: Language, *, count: int = DOSSIERS, audience: Audience
) -> tuple[Dossier, ...]:
    """Return the dossiers that every prompt of a language is measured on, the same ones always."""
    pool = list(_reasons(catalogue, language))
    return tuple(
        _dossier(
            number, tuple(islice(_from(pool, STRIDE * number), 1 + number % 4)), language, audience
        )
        for number in range(count)
    )


def _from(pool: list[ReasonToExplain], start: int) -> Iterator[ReasonToExplain]:
    """Reasons from a place in the pool on, each code once."""
    seen: set[ReasonCode] = set()
    for at in range(len(pool)):
        reason = pool[(start + at) % len(pool)]
        if reason.code not in seen:
            seen.add(reason.code)
            yield reason


def _reasons(catalogue: Catalogue, language: Language) -> Iterator[ReasonToExplain]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number in range(VALUES):
        for row in rows:
            value = Decimal(row["values"].split(";")[number])
            local = "" if language == "en" else row["label_es"]
            side = cast("Side", row["adverse"])
            feature = row["label"].replace(" ", "_")
            fact = Fact(feature, row["label"], value, row["unit"], side, local)
            yield _reason(catalogue, row["code"], (fact,), language)
        for code in WITHOUT_FACTS[number::VALUES]:
            yield _reason(catalogue, code, (), language)


def _reason(
    catalogue: Catalogue, code: str, facts: tuple[Fact, ...], language: Language
) -> ReasonToExplain:
    entry = catalogue[ReasonCode(code)]
    local = entry.translations.get(language, "")
    return ReasonToExplain(entry.code, entry.statement, facts, local_statement=local)


def _dossier(
    number: int, reasons: tuple[ReasonToExplain, ...], language: Language, audience: Audience
) -> Dossier:
    return Dossier(
        DecisionId(UUID(int=number)),
        audience,
        language,
        "declined",
        "personal-loan",
        date(2026, 11, 1),
        None,
        reasons,
        (RULE,),
        {reason.code: QUOTE for reason in reasons},
    )
