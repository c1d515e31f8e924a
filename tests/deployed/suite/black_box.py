"""The cases that run against `cargo local`, against the deployment."""

import os
import pathlib
import subprocess

import aws
from deployment import Deployment

LIMIT = 900  # seconds
NOT_PORTABLE = pathlib.Path(__file__).resolve().parents[1] / "not_portable.txt"


def not_portable() -> list[str]:
    """Names of tests, or beginnings of names, from not_portable.txt."""
    lines = [line.split("#")[0].strip() for line in NOT_PORTABLE.read_text().splitlines()]
    return [line for line in lines if line]


def run(deployment: Deployment, cases: pathlib.Path) -> str:
    """All tests of tests/api but those that need a stack of their own."""
    listed = subprocess.run([cases, "--list", "--format=terse"], capture_output=True, text=True, check=True, timeout=60)
    names = [line.removesuffix(": test") for line in listed.stdout.splitlines() if line.endswith(": test")]
    left_out: set[str] = set()
    for entry in not_portable():
        found = {name for name in names if name == entry or (entry.endswith("::") and name.startswith(entry))}
        if not found:
            raise aws.Failure(f"{NOT_PORTABLE.name} names {entry}, which is no test of tests/api")
        left_out |= found
    chosen = [name for name in names if name not in left_out]
    ready = deployment.folder / "ready.json"
    deployment.write_ready_file(ready)
    # One at a time: they share calendars and tables, which each finds empty.
    command = [cases, "--test-threads=1", "--exact", *chosen]
    environment = {**os.environ, "CONVENE_READY": str(ready), "RUST_BACKTRACE": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=environment)
    (deployment.folder / "black-box.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise aws.Failure(f"tests/api through the deployed API:\n{done.stdout[-8000:]}\n{done.stderr[-2000:]}")
    if f"{len(chosen)} passed" not in done.stdout:
        raise aws.Failure(f"not all of {len(chosen)} tests ran:\n{done.stdout[-2000:]}")
    return f"{len(chosen)} of {len(names)} tests"
