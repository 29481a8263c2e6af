"""What every draft has in common, whoever words its reasons."""

from app.domain.explanation import Citation, Dossier

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
OPENINGS = {
    "declined": "Your application for a {product} was declined",
    "counteroffer": "Your application for a {product} led to a counteroffer on different terms",
    "account_terminated": "Your {product} account was closed",
    "less_favorable_terms": "Your {product} was granted on less favorable terms",
    "terms_changed": "The terms of your {product} account were changed",
}


def summary_of(dossier: Dossier) -> str:
    """Say what was decided and how many reasons follow. No model words this."""
    opening = OPENINGS[dossier.action].format(product=dossier.product.replace("-", " "))
    count = len(dossier.reasons)
    if count == 1:
        return f"{opening} for the reason below."
    counted = COUNTS[count] if count < len(COUNTS) else str(count)
    return f"{opening} for {counted} reasons, the most important first."


def citations_of(dossier: Dossier) -> dict[str, tuple[Citation, ...]]:
    """Return the citations that retrieval chose, by reason code."""
    return {code: (citation,) for code, citation in dossier.quotes.items()}
