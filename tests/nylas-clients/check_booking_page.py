"""Books with the vendor's booking page in a browser. Run by tests/nylas-clients/run-booking-page."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import client_settings
import local_server
import page_server
import recording_proxy
import vendor_schemas
from local_server import ROOT

TIMEOUT = 600  # seconds


def main():
    replies = recording_proxy.Replies(vendor_schemas.load())
    program = ROOT / "tests/nylas-clients/booking_page.mjs"
    with (
        tempfile.TemporaryDirectory(prefix="convene-screenshots-") as folder,
        # Before the product, which has to know the page's origin when it starts.
        page_server.running(pathlib.Path(os.environ["COMPONENT"])) as port,
        local_server.running("--allow-origin", f"http://127.0.0.1:{port}") as (ready, _),
        recording_proxy.running(ready["api"], replies) as api,
    ):
        environment = {
            "CONVENE_SCREENSHOTS": folder,
            **os.environ,
            # Of the browser and of the program that drives it.
            "TZ": "Europe/Berlin",
            **client_settings.of(ready, api),
            "PAGE_PORT": str(port),
            "NODE_MODULES": str(ROOT / ".tools/nylas-clients-node"),
        }
        subprocess.run([shutil.which("node"), program], cwd=ROOT, env=environment, check=True, timeout=TIMEOUT)
    replies.report()


if __name__ == "__main__":
    main()
