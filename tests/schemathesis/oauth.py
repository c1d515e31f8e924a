"""The rules of the token endpoint that no schema can express: RFC 6749 refuses a form for what its values stand for, for a parameter
that its grant type requires, and where a client proves itself by HTTP Basic and in the form."""

import os

from schemathesis.specs.openapi.checks import RejectedPositiveData

CLIENT_ID = os.environ["CONVENE_CLIENT_ID"]
# A refresh token that was not issued, a login that does not exist, a scope that the client does not have, and a grant type that
# the deployment does not serve.
REFUSALS = {"invalid_grant", "invalid_scope", "unsupported_grant_type"}
# The parameters that a grant type requires.
REQUIRED = {"refresh_token": {"refresh_token"}, "password": {"username", "password"}}


def explains(failure, case, response):
    """Whether a form that is valid by its schema was refused for one of the rules."""
    if case.path != "/oauth2/token" or not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return False
    form = {name: value for name, value in case.body.items() if value} if isinstance(case.body, dict) else {}
    is_another = form.get("client_id", CLIENT_ID) != CLIENT_ID
    has_both = "Authorization" in response.request.headers and ("client_secret" in form or is_another)
    missing = REQUIRED.get(form.get("grant_type"), set()) - form.keys()
    return has_both or bool(missing) or response.json().get("error") in REFUSALS
