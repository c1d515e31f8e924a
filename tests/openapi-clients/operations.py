"""The OpenAPI documents, and their operations."""

import dataclasses
import json
import pathlib

from ruamel.yaml import YAML

import documents

METHODS = {"get", "put", "post", "patch", "delete", "options", "head", "trace"}


@dataclasses.dataclass
class Document:
    """One document: its file and the ids of its operations."""

    path: pathlib.Path
    operations: set[str]

    @property
    def name(self):
        """A name for a module of the client that is generated from it."""
        return self.path.stem.replace("-", "_")


def load():
    """Every document. A text that a parser of YAML 1.1 reads as a date is an error."""
    return [_load(path) for path in documents.paths()]


def _load(path):
    yaml = YAML(typ="safe", pure=True)
    yaml.version = "1.1"
    try:
        document = yaml.load(path.read_text(encoding="utf-8"))
        json.dumps(document)
    except TypeError as error:
        raise AssertionError(f"{path}: a parser of YAML 1.1 reads a text as a date: {error}") from error
    operations = [item[method]["operationId"] for item in document["paths"].values() for method in METHODS & item.keys()]
    assert len(operations) == len(set(operations)), f"{path}: operationId is not unique"
    return Document(path, set(operations))
