"""What is refused about webhooks."""

from app.domain.errors import DomainError
from app.domain.ids import EndpointId, MessageId


class WebhookNotFound(DomainError):
    """No such endpoint is registered."""

    code = "webhook-not-found"

    def __init__(self, endpoint_id: EndpointId) -> None:
        super().__init__(f"There is no webhook {endpoint_id}.")


class DeliveryNotFound(DomainError):
    """The endpoint is owed no such message, or the message is no longer kept."""

    code = "delivery-not-found"

    def __init__(self, message_id: MessageId) -> None:
        super().__init__(f"No message {message_id} is kept for this webhook.")


class WebhookUrlRefused(DomainError):
    """A URL that nothing is sent to: it may lead into somebody's own network."""

    code = "webhook-url-refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing is sent to this URL: {why}.")


class WebhookDisabled(DomainError):
    """Nothing is sent to an endpoint that is disabled."""

    code = "webhook-disabled"

    def __init__(self, endpoint_id: EndpointId) -> None:
        super().__init__(f"Webhook {endpoint_id} is disabled; enable it first.")


class TooManyWebhooks(DomainError):
    """Each endpoint multiplies what every change must write."""

    code = "too-many-webhooks"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} webhooks are the most that can be registered; delete one first.")
