"""The words in which Spanish tells a rule whose passage stands in English."""

from dataclasses import replace

from app.domain.verification.lexicon import Term
from app.domain.verification.text import Word, folded

# English word: the beginnings of the Spanish words that tell it.
_TOLD_BY = {
    "reason": "motiv razon causa",
    "factor": "factor",
    "actual": "real reales verdader efectiv",
    "actually": "realmente efectivamente",
    "disclose": "revel comunic inform divulg indic declar mencion",
    "denial": "deneg rechaz negativ",
    "applicant": "solicitante consumidor",
    "creditor": "acreedor prestamista entidad institucion",
    "relationship": "relacion vincul conexion",
    "creditworthiness": "solvencia",
    "clear": "clar evident",
    "specific": "especific concret",
    "principal": "principal",
    "statement": "declaracion exposicion",
    "indicate": "senal",
    "contain": "contien",
    "come": "proced proven",
    "describe": "describ explic",
    "accurately": "exact precis fielmente",
    "consider": "considerad tenid",
    "score": "puntuad calificad evaluad puntua",
    "adverse": "advers desfavorable",
    "action": "accion medida",
    "decision": "decision",
    "excluded": "exclu omit qued",
    "affect": "afect perjudic influy repercut",
    "why": "por_que porque",
    "component": "componente",
    "system": "sistema",
    "failed": "super",
    "combined": "combinad",
    "meet": "cumpl",
    "notice": "aviso notificacion carta",
    "information": "informacion datos",
    "needed": "necesari falta",
    "incompleteness": "incomplet",
    "must": "debe deben debera tiene_que han_de ha_de exige exigen obliga requiere requieren"
    " pide piden",
    "may": "puede pueden podra permite permiten",
    "forbid": "prohib",
    "not": "no ni nunca tampoco sin",
    "number": "numero cantidad",
    "income": "ingres",
    "amount": "cuantia importe cantidad",
    "consider_income": "cuenta",
    "internal": "intern",
    "standards": "norma criterio estandar",
    "policies": "politica",
    "insufficient": "insuficiente bast",
    "automatic": "automatic",
    "helpful": "util",
    "likely": "probable",
    "particular": "particular concret determinad",
}
_ENGLISH = sorted(
    ((start, english) for english, starts in _TOLD_BY.items() for start in starts.split()),
    key=lambda pair: -len(pair[0]),
)


def in_english(term: Term) -> Term:
    """Put English words in a term's place where the tables know them; the tags stay."""
    return Term.of([_translate(word) for word in term.words], term.tags)


def _translate(word: Word) -> Word:
    bare = folded(word.lower)
    for start, english in _ENGLISH:
        if bare.startswith(start):
            return replace(word, text=english, lower=english)
    return word
