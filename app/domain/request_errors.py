"""What is refused about a request as such, whatever it asks for."""

from app.domain.errors import DomainError


class RequestInProgress(DomainError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "request-in-progress"

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key still runs; send it again for its answer."
        )
