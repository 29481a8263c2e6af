"""What every draft has in common, whoever words its reasons."""

from collections.abc import Mapping

from app.domain.explanation import Citation, Dossier, Language

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
COUNTS_ES = ("ningún", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho")
OPENINGS = {
    "declined": "Your application for a {product} was declined",
    "counteroffer": "Your application for a {product} led to a counteroffer on different terms",
    "account_terminated": "Your {product} account was closed",
    "less_favorable_terms": "Your {product} was granted on less favorable terms",
    "terms_changed": "The terms of your {product} account were changed",
}
OPENINGS_ES = {
    "declined": "Se rechazó su solicitud de {product}",
    "counteroffer": "Su solicitud de {product} dio lugar a una contraoferta en otras condiciones",
    "account_terminated": "Se cerró su cuenta de {product}",
    "less_favorable_terms": "Su {product} se concedió en condiciones menos favorables",
    "terms_changed": "Se cambiaron las condiciones de su cuenta de {product}",
}
# What is lent, in words that are nobody's name. A product not listed is `credit` to whoever
# reads it in Spanish or outside this process.
PRODUCTS: Mapping[str, Mapping[Language, str]] = {
    "personal-loan": {"en": "personal loan", "es": "préstamo personal"},
    "auto-loan": {"en": "auto loan", "es": "préstamo para automóvil"},
    "car-loan": {"en": "car loan", "es": "préstamo para automóvil"},
    "student-loan": {"en": "student loan", "es": "préstamo para estudios"},
    "home-loan": {"en": "home loan", "es": "préstamo para vivienda"},
    "home-equity-loan": {"en": "home equity loan", "es": "préstamo con garantía hipotecaria"},
    "mortgage": {"en": "mortgage", "es": "préstamo hipotecario"},
    "mortgage-loan": {"en": "mortgage loan", "es": "préstamo hipotecario"},
    "business-loan": {"en": "business loan", "es": "préstamo comercial"},
    "equipment-loan": {"en": "equipment loan", "es": "préstamo para equipos"},
    "installment-loan": {"en": "installment loan", "es": "préstamo a plazos"},
    "credit-card": {"en": "credit card", "es": "tarjeta de crédito"},
    "line-of-credit": {"en": "line of credit", "es": "línea de crédito"},
}
ANY_PRODUCT: Mapping[Language, str] = {"en": "credit", "es": "crédito"}


def product_in_words(product: str, language: Language) -> str:
    """Name a product by one of a closed list of names, whatever its code holds."""
    return PRODUCTS.get(product, ANY_PRODUCT)[language]


def summary_of(dossier: Dossier) -> str:
    """Say what was decided and how many reasons follow. No model words this."""
    count = len(dossier.reasons)
    if dossier.language == "es":
        opening = OPENINGS_ES[dossier.action].format(
            product=product_in_words(dossier.product, "es")
        )
        if count == 1:
            return f"{opening} por el motivo que figura a continuación."
        counted = COUNTS_ES[count] if count < len(COUNTS_ES) else str(count)
        return f"{opening} por {counted} motivos, el más importante primero."
    opening = OPENINGS[dossier.action].format(product=dossier.product.replace("-", " "))
    if count == 1:
        return f"{opening} for the reason below."
    counted = COUNTS[count] if count < len(COUNTS) else str(count)
    return f"{opening} for {counted} reasons, the most important first."


def citations_of(dossier: Dossier) -> dict[str, tuple[Citation, ...]]:
    """Return the citations that retrieval chose, by reason code."""
    return {code: (citation,) for code, citation in dossier.quotes.items()}
