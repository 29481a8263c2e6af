"""What a start in production needs: everything configured, nothing embedded."""

from app.adapters.jwks import is_trustworthy
from app.embedded.errors import EmbeddedServiceUnavailable
from app.settings import Settings


def check_settings(settings: Settings) -> None:
    """Refuse settings that cannot hold, naming all that is wrong with them at once.

    Raises EmbeddedServiceUnavailable.
    """
    wrong = [*_untrustworthy(settings), *_open_inside(settings), *_missing(settings)]
    if wrong:
        where = f"RATIONALE_ENVIRONMENT={settings.environment}"
        raise EmbeddedServiceUnavailable(f"{where}: {'; '.join(wrong)}.")


def _missing(settings: Settings) -> list[str]:
    if settings.environment == "development":
        return []
    needed = {
        "DATABASE_URL": (settings.database_url, "the embedded database is for development"),
        "RATIONALE_MASTER_KEY": (settings.master_key, "it seals personal data"),
        "OIDC_ISSUER": (settings.oidc_issuer, "the development issuer is for development"),
        "SCORING_URL": (settings.scoring_url, "the reference models are for development"),
        "PRICING_URL": (settings.pricing_url, "the reference models are for development"),
        "LLM_BASE_URL": (
            settings.llm_base_url or settings.llm_disabled or None,
            "the embedded language model is for development; or set LLM_DISABLED=true",
        ),
    }
    return [f"{name} is missing ({why})" for name, (held, why) in needed.items() if not held]


def _open_inside(settings: Settings) -> list[str]:
    if settings.environment != "production" or not settings.webhook_allowed_hosts:
        return []
    return ["WEBHOOK_ALLOWED_HOSTS must not be set (webhooks go to public addresses alone)"]


def _untrustworthy(settings: Settings) -> list[str]:
    is_production = settings.environment == "production"
    urls = {"OIDC_ISSUER": settings.oidc_issuer, "OIDC_JWKS_URL": settings.oidc_jwks_url}
    allowed = "https" if is_production else "https, or http on this machine"
    return [
        f"{name} must be {allowed}"
        for name, url in urls.items()
        if url and not is_trustworthy(url, is_production=is_production)
    ]
