"""Python clients by openapi-python-client: one package for each document."""

import importlib
import re
import subprocess
import sys


def module_name(operation):
    """What openapi-python-client calls the module of an operation: `schedule_meeting` for `scheduleMeeting`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower()


def generate(documents, folder):
    """Generates a package for each document in `folder`, and asserts that it has every operation. A warning of the generator
    is an error: it leaves out what it does not understand."""
    packages = []
    for document in documents:
        target = folder / f"convene_{document.name}"
        command = ["openapi-python-client", "generate", "--path", document.path, "--output-path", target]
        subprocess.run([*command, "--meta", "none", "--fail-on-warning"], check=True)
        generated = {path.stem for path in target.glob("api/*/*.py")} - {"__init__"}
        expected = {module_name(operation) for operation in document.operations}
        assert generated == expected, f"{document.path}: Python operations differ in {sorted(generated ^ expected)}"
        packages.append(target)
    sys.path.insert(0, str(folder))
    return packages


class Clients:
    """The generated packages, and the server that they call."""

    def __init__(self, packages, url):
        self.packages = packages
        self.url = url
        self.token = None

    def package(self, operation):
        """The package that has an operation, and the operation's module."""
        (path,) = [path for package in self.packages for path in package.glob(f"api/*/{module_name(operation)}.py")]
        package = path.parents[2].name
        return importlib.import_module(package), importlib.import_module(f"{package}.api.{path.parent.name}.{path.stem}")

    def models(self, operation):
        """The models of the package that has an operation."""
        package, _ = self.package(operation)
        return importlib.import_module(f"{package.__name__}.models")

    def call(self, operation, status=200, **arguments):
        """Calls an operation, asserts the status, and gives the parsed answer."""
        package, module = self.package(operation)
        # Unlike a caller's own environment, a test must not send this through a proxy.
        options = {"base_url": self.url, "httpx_args": {"trust_env": False}, "raise_on_unexpected_status": True}
        client = package.Client(**options) if self.token is None else package.AuthenticatedClient(**options, token=self.token)
        with client:
            answer = module.sync_detailed(client=client, **arguments)
        assert answer.status_code == status, f"{operation}: {answer.status_code} {answer.content}"
        return answer.parsed
