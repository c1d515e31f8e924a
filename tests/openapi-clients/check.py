"""Generates clients from the OpenAPI documents and books a meeting with each. Run by tests/openapi-clients/run."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import local_server
import meeting
import operations
import python_clients
import typescript_clients


def main():
    found = operations.load()
    with tempfile.TemporaryDirectory(prefix="convene-clients-") as folder:
        packages = python_clients.generate(found, pathlib.Path(folder))
        program = typescript_clients.generate(found)
        with local_server.running() as (ready, ready_folder):
            meeting.book(python_clients.Clients(packages, ready["api"]), ready["tenants"]["contoso"])
            subprocess.run([shutil.which("node"), program, ready_folder / "ready.json"], check=True, timeout=120)
    count = sum(len(document.operations) for document in found)
    print(f"The Python and the TypeScript client have all {count} operations, and a meeting was booked with each.")


if __name__ == "__main__":
    sys.exit(main())
