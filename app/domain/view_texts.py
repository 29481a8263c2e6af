"""Labels and rights of the views, in English and Spanish: fixed words, each right with its law."""

from dataclasses import dataclass

from app.domain.decisions import Decision
from app.domain.explanation import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The same in each language."""

    en: str
    es: str

    def told_in(self, language: Language) -> str:
        """Return the words in a language."""
        return self.en if language == "en" else self.es


LABELS: dict[str, Words] = {
    "summary": Words("What we decided", "Qué decidimos"),
    "reasons": Words("Why", "Por qué"),
    "tips": Words("What you can do", "Qué puede hacer"),
    "rights": Words("Your rights", "Sus derechos"),
    "sources": Words("Where this stands in the law", "Dónde lo dice la ley"),
    "english": Words("In English", "En inglés"),
    "score": Words("Score", "Puntuación"),
    "cutoff": Words("Cutoff", "Puntuación mínima"),
    "attributions": Words("What moved the score", "Qué movió la puntuación"),
    "what_if": Words("What would have met the cutoff", "Qué habría bastado"),
    "checks": Words("Checks", "Comprobaciones"),
    "versions": Words("Versions and hashes", "Versiones y huellas"),
    "evidence": Words("Evidence by sentence", "Prueba de cada frase"),
    "refused": Words("Drafts refused", "Borradores rechazados"),
}


@dataclass(frozen=True, slots=True)
class Right:
    """A right of the customer, and the law that gives it."""

    text: str
    citation: str


EQUAL_TREATMENT = (
    Words(
        "A lender may not treat you worse for your race, color or religion. The same holds for "
        "your national origin, your sex and whether you are married. It holds for your age, if "
        "you can sign a contract. And it holds if you get public aid, or if you have used your "
        "rights under the law on consumer credit.",
        "Un prestamista no puede tratarle peor por su raza, su color o su religión. Lo mismo vale "
        "para su origen, su sexo y su estado civil. Vale para su edad, si puede firmar un "
        "contrato. Y vale si recibe ayuda pública o si ha usado sus derechos según la ley de "
        "crédito al consumo.",
    ),
    "12 CFR 1002.4(a)",
)
FREE_REPORT = (
    Words(
        "You may get a free copy of your report from the agency that we used. Ask for it within "
        "60 days of our notice.",
        "Puede pedir gratis una copia de su informe a la agencia que usamos, si lo hace dentro de "
        "los 60 días de nuestro aviso.",
    ),
    "15 USC 1681m(a)(4)(A)",
)
DISPUTE = (
    Words(
        "If something in that report is wrong or missing, you may dispute it with the agency.",
        "Si algo de ese informe está mal o falta, puede reclamarlo ante la agencia.",
    ),
    "15 USC 1681m(a)(4)(B)",
)
HUMAN_REVIEW = Words(
    "You may ask for a person to look at this decision again, say what you think of it, and "
    "contest it.",
    "Puede pedir que una persona vuelva a mirar esta decisión, dar su opinión e impugnarla.",
)
EXPLAINED_LOGIC = Words(
    "You may ask how the automated decision was made, and for a copy of the data used.",
    "Puede preguntar cómo tomó la decisión el sistema. Puede pedir copia de los datos usados.",
)
EUROPEAN = {
    "EU": ((HUMAN_REVIEW, "GDPR Art. 22(3)"), (EXPLAINED_LOGIC, "GDPR Art. 15(1)")),
    "UK": ((HUMAN_REVIEW, "UK GDPR Art. 22C(2)"), (EXPLAINED_LOGIC, "UK GDPR Art. 15(1)")),
}


def rights_of(decision: Decision, language: Language) -> tuple[Right, ...]:
    """List the rights that a decision gives its applicant."""
    if decision.jurisdiction == "US-federal":
        held = [EQUAL_TREATMENT]
        if decision.used_an_applicants_report:
            held += [FREE_REPORT, DISPUTE]
    else:
        held = list(EUROPEAN[decision.jurisdiction])
    return tuple(Right(words.told_in(language), citation) for words, citation in held)


def labels_in(language: Language) -> dict[str, str]:
    """Return the labels in a language."""
    return {name: words.told_in(language) for name, words in LABELS.items()}
