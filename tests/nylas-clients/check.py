"""Uses the Nylas family with the vendor's clients. Run by tests/nylas-clients/run."""

import os
import shutil
import subprocess

import client_settings
import local_server
import python_sdk
import recording_proxy
import refusals
import vendor_schemas
from local_server import ROOT

TIMEOUT = 300  # seconds, for one client


def main():
    replies = recording_proxy.Replies(vendor_schemas.load())
    folder = ROOT / "tests/nylas-clients"
    modules = ROOT / ".tools/nylas-clients-node"
    with local_server.running() as (ready, _), recording_proxy.running(ready["api"], replies) as api:
        settings = client_settings.of(ready, api)
        environment = {**os.environ, **settings, "NODE_MODULES": str(modules)}
        for command in ([shutil.which("node"), folder / "node_sdk.mjs"], ["bash", folder / "samples"]):
            subprocess.run(command, env=environment, check=True, timeout=TIMEOUT)
        python_sdk.check(settings)
        refusals.check(settings)
    replies.expect_all()
    replies.report()


if __name__ == "__main__":
    main()
