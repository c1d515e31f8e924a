"""The rules of the token endpoint that no schema can express: RFC 6749 refuses a form for what its values stand for, and a client
that proves itself by HTTP Basic and in the form."""

from schemathesis.specs.openapi.checks import RejectedPositiveData

# A refresh token that was not issued, a login that does not exist, a scope that the client does not have.
REFUSALS = {"invalid_grant", "invalid_scope"}


def explains(failure, case, response):
    """Whether a form that is valid by its schema was refused for its refresh token, its login or its scope."""
    if case.path != "/oauth2/token" or not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return False
    body = case.body if isinstance(case.body, dict) else {}
    has_both = "Authorization" in response.request.headers and bool(body.get("client_secret"))
    return has_both or response.json().get("error") in REFUSALS
