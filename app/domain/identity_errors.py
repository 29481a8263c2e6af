"""What is refused about who is asking: tokens, keys, links and their sessions."""

from app.domain.errors import DomainError
from app.domain.ids import ApiKeyId, LinkId


class IdentityProviderUnavailable(DomainError):
    """No key that could prove a token can be had; the token may well be good."""

    code = "identity-provider-unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The identity provider's keys cannot be read just now, so no token can be checked."
        )


class ApiKeyNotFound(DomainError):
    """No such API key is held."""

    code = "api-key-not-found"

    def __init__(self, key_id: ApiKeyId) -> None:
        super().__init__(f"There is no API key {key_id}.")


class ApiKeyEnded(DomainError):
    """A key that was revoked or has expired is not given a new secret."""

    code = "api-key-ended"

    def __init__(self, key_id: ApiKeyId) -> None:
        super().__init__(f"API key {key_id} was revoked or has expired; make a new one.")


class LinkNotFound(DomainError):
    """No such link to the decision is held."""

    code = "link-not-found"

    def __init__(self, link_id: LinkId) -> None:
        super().__init__(f"There is no link {link_id} to this decision.")


class LinkRefused(DomainError):
    """A link and a code that open nothing; which of the two is wrong is not said."""

    code = "link-refused"

    def __init__(self) -> None:
        super().__init__(
            "This link and this code open nothing. Compare the code with your letter; after five "
            "wrong codes, or once the link has expired, ask your lender for a new link."
        )
