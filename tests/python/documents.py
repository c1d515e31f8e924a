"""The OpenAPI documents of the families."""

from local_server import ROOT


def paths():
    """The documents in docs/openapi/, one for each family."""
    found = sorted(ROOT.glob("docs/openapi/*.yaml"))
    assert found, "docs/openapi/ has no document"
    return found
