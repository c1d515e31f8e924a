"""`cargo local` on any free port, for as long as a check needs it."""

import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START_LIMIT = 1500  # seconds: the first start compiles
STOP_LIMIT = 30  # seconds


def wait_until_ready(server, ready):
    """Waits for the file that says where everything is, and reads it."""
    limit = time.monotonic() + START_LIMIT
    while not ready.exists():
        if server.poll() is not None:
            sys.exit(f"cargo local ended with {server.returncode}")
        if time.monotonic() > limit:
            sys.exit("cargo local did not start in time")
        time.sleep(0.1)
    return json.loads(ready.read_text())


@contextlib.contextmanager
def running(*options):
    """Runs it with these options beside the usual ones. Gives the content of its ready file, and the folder with that
    file."""
    with tempfile.TemporaryDirectory(prefix="convene-check-") as folder:
        folder = pathlib.Path(folder)
        ready = folder / "ready.json"
        command = ["cargo", "local", "--ephemeral", "--port", "0", "--ready-file", ready, *options]
        # cargo replaces itself by what it runs: the process is the server.
        server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            yield wait_until_ready(server, ready), folder
        finally:
            server.send_signal(signal.SIGINT)
            try:
                code = server.wait(timeout=STOP_LIMIT)
            except subprocess.TimeoutExpired:
                server.kill()
                code = server.wait()
        if code:
            sys.exit(f"cargo local ended with {code} after Ctrl-C")
