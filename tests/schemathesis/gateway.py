"""The rule of the gateway in front that every document has in words: a request line and headers of 10,240 bytes at most."""

from schemathesis.specs.openapi.checks import AcceptedNegativeData, RejectedPositiveData

MAX_HEAD = 10_240  # bytes


def explains(failure, case, response):
    """Whether a request, valid or not, was refused because its query string is too long."""
    if not isinstance(failure, (AcceptedNegativeData, RejectedPositiveData)) or response.status_code != 431:
        return False
    sent = response.request
    return len(sent.url) + sum(len(value) for value in sent.headers.values()) > MAX_HEAD
