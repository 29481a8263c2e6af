"""What is refused about jobs, and when there is too much work already."""

from uuid import UUID

from app.domain.errors import DomainError


class DeadJobNotFound(DomainError):
    """No such job lies among the dead."""

    code = "dead-job-not-found"

    def __init__(self, dead_id: UUID) -> None:
        super().__init__(f"There is no dead job {dead_id}.")


class DeadJobClosed(DomainError):
    """A dead job is replayed once; if it dies again it lies there anew, with an id of its own."""

    code = "dead-job-closed"

    def __init__(self, dead_id: UUID) -> None:
        super().__init__(f"Job {dead_id} was replayed already, or its work has been done since.")


class WriterBusy(DomainError):
    """As many explanations are being written here, and waited for, as may be at once."""

    code = "writer-busy"

    def __init__(self) -> None:
        super().__init__(
            "Too many explanations are being written; the queue writes this one, ask again later."
        )
