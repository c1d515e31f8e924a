"""The vendor's OpenAPI document, and whether a reply is as it says."""

import os
import pathlib
import re

import jsonschema
import yaml

from local_server import ROOT

VARIABLE = "CONVENE_NYLAS_OPENAPI"
USUAL_PLACE = ROOT / "../shared/facts/nylas-scheduler-v3.openapi.yaml"


def load():
    """The document, or None if this machine does not have it."""
    given = os.environ.get(VARIABLE)
    path = pathlib.Path(given or USUAL_PLACE)
    if not path.exists():
        assert not given, f"{VARIABLE} names {given}, which does not exist"
        return None
    return VendorSchemas(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))


class VendorSchemas:
    """Validates replies against the document."""

    def __init__(self, document):
        self.document = of_one_host(document)
        # What all lists have in common says that `data` is an object; each list says that it is an array, as the vendor sends.
        self.document["components"]["schemas"]["common_response_with_cursor"]["properties"].pop("data", None)
        self.paths = {
            re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))): item for path, item in document["paths"].items()
        }

    def faults(self, method, path, status, reply):
        """What the document says against a reply. None if the document does not have the operation or the status."""
        response = self._response(method, path, status)
        if response is None:
            return None
        schema = {**self.document, **response["content"]["application/json"]["schema"]}
        errors = jsonschema.Draft202012Validator(schema).iter_errors(without_nulls(reply))
        return [f"{error.json_path}: {error.message}" for error in errors]

    def _response(self, method, path, status):
        for pattern, item in self.paths.items():
            operation = item.get(method.lower())
            if operation and pattern.fullmatch(path):
                response = operation["responses"].get(str(status))
                reference = (response or {}).get("$ref", "").rpartition("/")[2]
                return self.document["components"]["responses"][reference] if reference else of_one_host(response)
        return None


def of_one_host(schema):
    """A copy with the first alternative of each `oneOf`. The vendor's alternatives require nothing, so its own examples match
    several; the others are of group events, which are not served, and of less than the first."""
    if isinstance(schema, dict) and "oneOf" in schema:
        rest = {key: value for key, value in schema.items() if key != "oneOf"}
        return of_one_host({**rest, **schema["oneOf"][0]})
    if isinstance(schema, dict):
        return {key: of_one_host(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [of_one_host(value) for value in schema]
    return schema


def without_nulls(value):
    """A copy without null properties: the vendor's API sends null for what is not set, also where its schemas do not allow
    it, and its Python SDK needs some of these keys."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value
