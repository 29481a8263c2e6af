"""Why an embedded service could not be had."""


class EmbeddedServiceUnavailable(Exception):
    """An embedded service did not start; the message says what to do."""
