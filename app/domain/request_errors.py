"""What is refused about a request as such, whatever it asks for."""

from app.domain.errors import DomainError


class RequestInProgress(DomainError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "request-in-progress"

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key still runs; send it again for its answer."
        )


class LineTooLong(DomainError):
    """A line of a batch is longer than one decision may be; the others go on."""

    code = "line-too-long"

    def __init__(self, longest: int) -> None:
        super().__init__(f"The line is longer than {longest} bytes.")


class BatchTooLong(DomainError):
    """A batch has more lines than one request may; those before this one are recorded."""

    code = "batch-too-long"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"A batch has at most {most} lines; this one and those after it were not read."
        )
