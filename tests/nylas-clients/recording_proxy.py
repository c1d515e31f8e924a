"""A proxy between a client and the API, which checks each reply that passes."""

import contextlib
import gzip
import http.client
import http.server
import json
import sys
import threading
import urllib.parse

import vendor_schemas
from operations import Operations

# Headers that are about one connection, so that the proxy sends its own.
OF_THE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
TIMEOUT = 60  # seconds


class Replies:
    """What was checked, and what was wrong."""

    def __init__(self, schemas):
        self.schemas = schemas
        self.operations = Operations()
        self.seen = set()
        self.faults = []
        self.validated = 0
        self._lock = threading.Lock()

    def check(self, method, path, status, headers, content):
        """Checks a reply: its form, and what the vendor's schema says of it."""
        with self._lock:
            for fault in self._faults(method, path, status, headers, content):
                self.faults.append(f"{method} {path} {status}: {fault}\n    {content.decode(errors='replace')}")

    def expect_all(self):
        """Notes a fault for each operation and status that was not seen."""
        self.faults += [f"{name}: no reply with {status}" for name, status in sorted(self.operations.expected() - self.seen)]
        if self.schemas and self.schemas.missing():
            self.faults.append(f"not validated: {self.schemas.missing()}")

    def report(self):
        """Ends the program if a reply was wrong. Prints how many were validated."""
        if self.faults:
            sys.exit("\n".join([f"{len(self.faults)} faults of replies:", *self.faults]))
        if self.schemas:
            print(f"{self.validated} replies are valid by the vendor's OpenAPI document.")
        else:
            print(f"No reply was validated: {vendor_schemas.VARIABLE} does not name the vendor's OpenAPI document.")

    def _faults(self, method, path, status, headers, content):
        if method == "OPTIONS":
            return
        if status >= 500:
            yield "a failure of the server"
        request_id = headers.get("x-request-id")
        try:
            reply = json.loads(content)
        except ValueError:
            yield "not JSON"
            return
        if not request_id or reply.get("request_id") != request_id:
            yield f"x-request-id is {request_id}"
        error = reply.get("error")
        if (status >= 400) != (error is not None):
            yield "`error` is for failures, and each failure has it"
        if error is not None and not all(isinstance(error.get(key), str) and error[key] for key in ("type", "message")):
            yield "an error has a type and a message"
        operation = self.operations.find(method, path)
        self.seen.add((operation, status))
        if self.schemas:
            faults = self.schemas.faults(operation, status, reply)
            self.validated += faults is not None
            yield from faults or []


@contextlib.contextmanager
def running(api, replies):
    """Runs a proxy before the API, which changes no header but those of the connections. Gives its base URL."""
    host = urllib.parse.urlsplit(api).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0))) or None
            headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_THE_CONNECTION}
            with contextlib.closing(http.client.HTTPConnection(host, timeout=TIMEOUT)) as connection:
                connection.request(self.command, self.path, body, headers)
                response = connection.getresponse()
                content = response.read()
            plain = gzip.decompress(content) if response.headers.get("content-encoding") == "gzip" else content
            replies.check(self.command, self.path, response.status, response.headers, plain)
            # A browser that leaves a page does not wait for what the page asked.
            with contextlib.suppress(ConnectionError):
                self.answer(response, content)

        def answer(self, response, content):
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in OF_THE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = forward

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
