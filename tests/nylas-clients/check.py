"""Uses the Nylas family with the vendor's clients. Run by tests/nylas-clients/run."""

import os
import shutil
import subprocess
import sys

import local_server
import outlook
import python_sdk
import recording_proxy
import vendor_schemas
from local_server import ROOT

TENANT = "contoso"
TIMEOUT = 300  # seconds, for one client


def settings(ready, api):
    """What a client gets, as environment variables."""
    tenant = ready["tenants"][TENANT]
    people = tenant["members"]
    return {
        "API": api,
        "API_KEY": tenant["nylas_api_key"],
        "CLIENT_ID": tenant["nylas_client_id"],
        "GRANT_ID": people[0]["grant_id"],
        "ORGANIZER": people[0]["email"],
        "SECOND": people[1]["email"],
        "GRAPH": ready["graph"],
        "GRAPH_TOKEN": outlook.token(ready["graph"], tenant["microsoft"]),
    }


def main():
    schemas = vendor_schemas.load()
    replies = recording_proxy.Replies(schemas)
    folder = ROOT / "tests/nylas-clients"
    modules = ROOT / ".tools/nylas-clients-node"
    with local_server.running() as (ready, _), recording_proxy.running(ready["api"], replies) as api:
        client = settings(ready, api)
        environment = {**os.environ, **client, "NODE_MODULES": str(modules)}
        for command in ([shutil.which("node"), folder / "node_sdk.mjs"], ["bash", folder / "samples"]):
            subprocess.run(command, env=environment, check=True, timeout=TIMEOUT)
        python_sdk.check(client)
    if replies.faults:
        sys.exit("\n".join([f"{len(replies.faults)} replies are wrong:", *replies.faults]))
    if schemas:
        print(f"{replies.validated} replies are valid by the vendor's OpenAPI document.")
    else:
        print(f"No reply was validated: the vendor's OpenAPI document is not here. {vendor_schemas.VARIABLE} names its path.")


if __name__ == "__main__":
    main()
