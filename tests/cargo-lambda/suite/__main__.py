"""Runs the lines of README.md, then every function and every route."""

import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from backends import Backends, CloudFormation
from functions import TIMEOUT, Invoker, check_all_invoked, endpoints, tasks
from readme import ROOT, Readme
from routes import book
from sessions import Session

# What the lines for `cargo lambda invoke` print, where all is well.
SAID = ['"tenant":"contoso","ok":true', '{\\"email\\":\\"organizer@contoso.com\\",\\"errorCode\\":\\"NoError\\"}']


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serves(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def follow(readme):
    """What a reader types in the third terminal."""
    lines = f"set -euo pipefail\n{readme.block('sh invoke')}"
    done = subprocess.run(["bash", "-c", lines], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT)
    missing = [text for text in SAID if text not in done.stdout]
    if done.returncode or missing:
        told = f"{done.stdout}{done.stderr}"
        raise SystemExit(f"README.md's lines ended with {done.returncode}, without {missing}:\n{told}")


def main():
    started = time.monotonic()
    # Whatever ends this, ends what it began.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        readme = Readme(free_port(), folder / "ready.json")
        with Session(f"cd {ROOT}\nexec {readme.block('sh backends')}", folder / "backends.log") as local:
            local.wait_for("the backends", readme.ready.exists, TIMEOUT)
            backends = Backends(json.loads(readme.ready.read_text()))
            contoso = backends.tenant("contoso")
            with Session(f"cd {ROOT}\n{readme.block('sh watch')}", folder / "watch.log") as watch:
                watch.wait_for("cargo lambda watch", lambda: serves(readme.port), 60)
                follow(readme)
                invoker = Invoker(readme.port, folder)
                endpoints(invoker, contoso)
                with CloudFormation() as cloud:
                    tasks(invoker, backends, cloud)
                check_all_invoked(invoker.called)
                routes = book(readme.url, contoso)
    took = time.monotonic() - started
    print(f"cargo lambda: README.md's lines, {len(invoker.called)} functions and {routes} routes, in {took:.0f} s")


main()
