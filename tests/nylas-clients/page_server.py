"""A web server with one page that holds the vendor's component. It is another origin than the API."""

import contextlib
import http.server
import threading

# The page gives its query to the component, as attributes.
HTML = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Book a meeting</title>
<link rel="icon" href="data:,">
<nylas-scheduling></nylas-scheduling>
<script type="module">
  const element = document.querySelector("nylas-scheduling");
  for (const [name, value] of new URLSearchParams(location.search)) element.setAttribute(name, value);
  const { defineCustomElement } = await import("/component.js");
  defineCustomElement();
</script>
</html>
"""


@contextlib.contextmanager
def running(component):
    """Serves the page with this file of the vendor's. Gives the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            is_script = self.path == "/component.js"
            content = component.read_bytes() if is_script else HTML
            self.send_response(200)
            self.send_header("content-type", f"text/{'javascript' if is_script else 'html'}; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
