"""The operations that the family has, by its OpenAPI document."""

import re

import yaml

from local_server import ROOT

DOCUMENT = ROOT / "docs/openapi/nylas.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}
# Clients have to see each of them from each operation that can answer with it.
STATUSES = {200, 400, 401, 404}
# These have no input but a path and an API key: what is not one of theirs is not found.
WITHOUT_400 = {
    "GET /v3/grants/{grant_id}/scheduling/configurations/{configuration_id}",
    "GET /v3/scheduling/sessions/{session_id}",
    "DELETE /v3/scheduling/sessions/{session_id}",
}


class Operations:
    """Finds an operation by a request. An operation is a method and a path with variables, as in "GET /v3/…/{id}"."""

    def __init__(self):
        paths = yaml.safe_load(DOCUMENT.read_text())["paths"]
        self.statuses = {
            f"{method.upper()} {path}": {int(status) for status in operation["responses"]}
            for path, item in paths.items()
            for method, operation in item.items()
            if method in METHODS
        }
        self._patterns = {name: re.compile(re.sub(r"{\w+}", "[^/]+", name)) for name in self.statuses}

    def expected(self):
        """The operations with the statuses that have to be seen, as pairs."""
        pairs = {(name, status) for name, statuses in self.statuses.items() for status in statuses & STATUSES}
        return pairs - {(name, 400) for name in WITHOUT_400}

    def find(self, method, path):
        """The operation, or None."""
        request = f"{method} {path.partition('?')[0]}"
        return next((name for name, pattern in self._patterns.items() if pattern.fullmatch(request)), None)
