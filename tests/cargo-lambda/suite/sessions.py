"""Processes that run until they are told to end, with all that they began."""

import os
import signal
import subprocess
import time

PATIENCE = 15


def parents():
    """The parent of each process. Those that have ended and not been asked for yet are left out."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(process): int(parent) for process, parent, state in rows if not state.startswith("Z")}


def descendants(process):
    """A process with its children and theirs. cargo-lambda begins a session for each function."""
    known, found = parents(), {process}
    while more := {child for child, parent in known.items() if parent in found} - found:
        found |= more
    return found & set(known)


class Session:
    """A shell's lines, at work until the end of a `with`."""

    def __init__(self, lines, log):
        self.lines, self.log = lines, log

    def __enter__(self):
        command = ["bash", "-c", f"set -euo pipefail\n{self.lines}"]
        with open(self.log, "w") as log:
            self.shell = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
            )
        return self

    def __exit__(self, failed, *_):
        """Ends it as Ctrl-C in its terminal does. What is alive after that is killed, and is a fault."""
        begun = descendants(self.shell.pid)
        try:
            os.killpg(self.shell.pid, signal.SIGINT)
        except ProcessLookupError:
            pass
        limit = time.monotonic() + PATIENCE
        while (left := begun & set(parents())) and time.monotonic() < limit:
            self.shell.poll()
            time.sleep(0.1)
        for process in left:
            os.kill(process, signal.SIGKILL)
        self.shell.wait()
        if failed:
            print(f"--- {self.log.name}\n{self.log.read_text()[-6000:]}")
        elif left:
            raise SystemExit(f"after Ctrl-C, {len(left)} processes of {self.log.stem} went on")

    def wait_for(self, what, is_there, limit):
        """Waits until something is there."""
        end = time.monotonic() + limit
        while not is_there():
            if self.shell.poll() is not None:
                raise SystemExit(f"{what}: it ended with {self.shell.returncode}")
            if time.monotonic() > end:
                raise SystemExit(f"{what}: not within {limit} s")
            time.sleep(0.1)
