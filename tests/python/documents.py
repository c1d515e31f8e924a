"""The OpenAPI documents in docs/."""

from local_server import ROOT


def paths():
    """docs/openapi.yaml and the documents in docs/openapi/, whichever there are."""
    found = [*ROOT.glob("docs/openapi.yaml"), *sorted(ROOT.glob("docs/openapi/*.yaml"))]
    assert found, "docs/ has no OpenAPI document"
    return found
