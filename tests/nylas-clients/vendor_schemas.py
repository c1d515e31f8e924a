"""The vendor's OpenAPI document, and whether a reply is as it says."""

import os
import pathlib

import jsonschema
import yaml

from local_server import ROOT

VARIABLE = "CONVENE_NYLAS_OPENAPI"
USUAL_PLACE = ROOT / "../shared/facts/nylas-scheduler-v3.openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}
# What the vendor's clients call, and its document does not have.
NOT_DESCRIBED = {"GET /v3/scheduling/ui-settings", "GET /v3/scheduling/sessions/{session_id}"}


def load():
    """The document, or None if this machine does not have it."""
    given = os.environ.get(VARIABLE)
    path = pathlib.Path(given or USUAL_PLACE)
    if not path.exists():
        assert not given, f"{VARIABLE} names {given}, which does not exist"
        return None
    return VendorSchemas(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))


class VendorSchemas:
    """Validates replies against the document. An operation is a method and a path with variables."""

    def __init__(self, document):
        self.document = document
        self.responses = document["components"]["responses"]
        self.operations = {
            f"{method.upper()} {path}": operation["responses"]
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }
        self.validated = set()
        adapt(document["components"])

    def faults(self, operation, status, reply):
        """What the document says against a reply. None if it need not say anything."""
        response = self._response(operation, status)
        if response is None:
            return None if operation in NOT_DESCRIBED else ["the vendor's document has no such reply"]
        self.validated.add(operation)
        schema = {**self.document, **response["content"]["application/json"]["schema"]}
        errors = jsonschema.Draft202012Validator(schema).iter_errors(reply)
        return [f"{error.json_path}: {error.message}" for error in errors]

    def missing(self):
        """The operations without a reply that was validated."""
        return sorted(self.operations.keys() - self.validated)

    def _response(self, operation, status):
        response = self.operations.get(operation, {}).get(str(status))
        # Some operations leave out a status, 404 above all. Each status has one form in the whole document.
        if response is None and status >= 400:
            return self.responses.get(str(status))
        reference = (response or {}).get("$ref", "").rpartition("/")[2]
        return self.responses[reference] if reference else response


def adapt(components):
    """Removes from the document what its own examples, or the vendor's own SDKs, contradict. Nothing else is left out."""
    content = {name: response["content"]["application/json"] for name, response in components["responses"].items()}
    configurations = content["configurations"]["schema"]["allOf"][1]["properties"]["data"]
    configuration = first_of(content["configuration"])["allOf"][1]["properties"]["data"]
    in_list = first_of(configurations, "items")
    first_of(content["booking_confirm"])
    # What all lists have in common says that `data` is an object; each list says that it is an array, as the vendor sends it.
    del components["schemas"]["common_response_with_cursor"]["properties"]["data"]
    # A participant who is only notified has neither. The vendor's Python SDK fails without the keys, and takes null.
    for schema in (configuration, in_list):
        participant = schema["properties"]["participants"]["items"]["properties"]
        for name in ("availability", "booking"):
            participant[name]["type"] = [participant[name]["type"], "null"]


def first_of(place, key="schema"):
    """Puts the first alternative of a `oneOf` in its place. The alternatives require nothing, so that the vendor's own examples
    match several of them. The others are group configurations, which are not served, and less than the first."""
    place[key] = place[key]["oneOf"][0]
    return place[key]
