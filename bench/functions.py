"""Measures built functions: `python bench/functions.py [--rounds 60] NULL BINARY...`; `scripts/measure-functions` builds and calls.

Of each it prints how large it is zipped, how long it takes from exec to its first answer, and what it needs for that. The binaries
take turns, since the machine is not equally fast all the time. They are compared with NULL, a function that does nothing. What
asks the function is a Runtime API on this machine, and the answer needs nothing else: the event names no configuration.
Exits with 1 if a function is over its budget; the time is compared by the best round, the one least disturbed.
"""

import argparse
import io
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVENT = ROOT / "events/create-booking.json"
MAX_ZIP = 5_000_000
MAX_MILLISECONDS_OVER_NULL = 10
MAX_RESIDENT = 15_000_000
TIMEOUT = 30


def zipped(binary):
    """The size of the archive that is deployed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.write(binary, "bootstrap")
    return len(archive.getvalue())


def event():
    """An event that any endpoint refuses on its own."""
    event = json.loads(EVENT.read_text())
    return json.dumps({**event, "rawQueryString": "", "queryStringParameters": {}}).encode()


def head(connection):
    """The first line of a request, once its head is complete."""
    read = b""
    while b"\r\n\r\n" not in read:
        some = connection.recv(65536)
        if not some:
            raise SystemExit(f"the connection ended after {read!r}")
        read += some
    return read.split(b"\r\n", 1)[0].decode()


def offer(connection):
    """Answers the process's first request with the event."""
    line = head(connection)
    assert line.startswith("GET /2018-06-01/runtime/invocation/next"), line
    body = event()
    headers = [
        "HTTP/1.1 200 OK",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        f"lambda-runtime-deadline-ms: {int((time.time() + TIMEOUT) * 1000)}",
        "lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:measured",
    ]
    connection.sendall("\r\n".join([*headers, "", ""]).encode() + body)


def environment(address):
    """What Lambda gives a function, with tables that nothing asks."""
    tables = {f"{name}_TABLE": name for name in ("MEETINGS", "BOOKINGS", "TENANTS", "GRANTS")}
    return tables | {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "measured",
        "AWS_LAMBDA_LOG_STREAM_NAME": "measured",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "SECRET_PREFIX": "convene/",
    }


def peak(process):
    """The most memory it has had. `ru_maxrss` has this interpreter's own in it, from before exec."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024


def start(binary):
    """Milliseconds from exec to the first answer, milliseconds of processor time, and bytes of memory, at the most."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT)
        host, port = server.getsockname()
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        began = time.perf_counter()
        process = subprocess.Popen([binary], env=environment(f"{host}:{port}"), **quiet)
        try:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(TIMEOUT)
                offer(connection)
                # The connection is kept: hyper's pool returns to it.
                line = head(connection)
                took = time.perf_counter() - began
                resident = peak(process)
        finally:
            # Not `process.kill()`, which reaps a process that has ended on its own, with its usage.
            os.kill(process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    assert line.endswith("/response HTTP/1.1"), line
    return took * 1000, (usage.ru_utime + usage.ru_stime) * 1000, resident


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=60)
    arguments.add_argument("null", type=pathlib.Path)
    arguments.add_argument("binaries", type=pathlib.Path, nargs="+")
    arguments = arguments.parse_args()
    binaries = [arguments.null, *arguments.binaries]
    for binary in binaries:
        start(binary)
    starts = {binary: [] for binary in binaries}
    for _ in range(arguments.rounds):
        for binary in binaries:
            starts[binary].append(start(binary))
    over = []
    print(f"{'zip, bytes':>12}{'exec to answer, ms: best':>26}{'median':>8}{'processor, ms: median':>23}{'memory, MB':>12}")
    for binary in binaries:
        times, processor, memory = zip(*starts[binary])
        size = zipped(binary)
        print(
            f"{size:12,}{min(times):26.1f}{statistics.median(times):8.1f}"
            f"{statistics.median(processor):23.1f}{max(memory) / 1e6:12.1f}  {binary}"
        )
        least = min(first for first, *_ in starts[arguments.null])
        if size > MAX_ZIP:
            over.append(f"{binary} has {size:,} bytes as a zip: {MAX_ZIP:,} is the budget")
        if min(times) > least + MAX_MILLISECONDS_OVER_NULL:
            over.append(f"{binary} takes {min(times) - least:.1f} ms more than a function that does nothing")
        if max(memory) > MAX_RESIDENT:
            over.append(f"{binary} has {max(memory):,} bytes of memory: {MAX_RESIDENT:,} is the budget")
    if over:
        sys.exit("\n".join(over))


main()
