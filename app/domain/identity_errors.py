"""What is refused about who is asking: tokens, keys, links and their sessions."""

from app.domain.errors import DomainError


class IdentityProviderUnavailable(DomainError):
    """No key that could prove a token can be had; the token may well be good."""

    code = "identity-provider-unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The identity provider's keys cannot be read just now, so no token can be checked."
        )
