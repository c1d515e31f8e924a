"""The CORS headers of the product, which the guard of `cargo local` removes: it keeps pages of other origins out.

They are put back here from where the product has them, functions/nylas/functions.yaml and functions/nylas/src/cors.rs, so that
a browser applies the same rules. That the product sends them is tested elsewhere, by tests/api.
"""

import re

import yaml

from local_server import ROOT

FAMILY = ROOT / "functions/nylas"


def constant(name):
    """A list of headers in cors.rs, which may go over several lines."""
    text = re.search(rf'{name}: "([^"]*)"', (FAMILY / "src/cors.rs").read_text()).group(1)
    return re.sub(r"\\\s+", "", text)


class Cors:
    """Which endpoints pages of other origins may call, and how."""

    # What a browser says of the page, which the guard refuses.
    OF_THE_PAGE = {"origin", "referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"}

    def __init__(self):
        self.allow_headers = constant("allow_headers")
        self.expose_headers = constant("expose_headers")
        functions = yaml.safe_load((FAMILY / "functions.yaml").read_text())["functions"]
        routes = [route.split(" ") for function in functions if function.get("cors") for route in function["routes"]]
        self.routes = [(method, re.compile(re.sub(r"{\w+}", "[^/]+", path))) for method, path in routes]

    def headers(self, method, path):
        """The headers of an answer."""
        methods = sorted({allowed for allowed, route in self.routes if route.fullmatch(path.partition("?")[0])})
        if not methods:
            return {}
        if method != "OPTIONS":
            return {"access-control-allow-origin": "*", "access-control-expose-headers": self.expose_headers}
        return {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": self.allow_headers,
        }
