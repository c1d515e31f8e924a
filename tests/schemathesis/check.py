"""Runs schemathesis over each OpenAPI document. Run by tests/schemathesis/run."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import documents
import local_server

HERE = pathlib.Path(__file__).resolve().parent
TENANT = "contoso"


def access_token(ready):
    """A token with all scopes, valid for an hour."""
    tenant = ready["tenants"][TENANT]
    form = f"grant_type=client_credentials&client_id={tenant['client_id']}&client_secret={tenant['client_secret']}"
    with urllib.request.urlopen(f"{ready['api']}/oauth2/token", form.encode(), timeout=30) as answer:
        return json.load(answer)["access_token"]


def scheduling(ready):
    """The ids of a public configuration that can be booked for years, and of a booking."""
    tenant = ready["tenants"][TENANT]
    grant = tenant["members"][0]["email"]

    def post(path, body):
        headers = {"authorization": f"Bearer {tenant['nylas_api_key']}", "content-type": "application/json"}
        request = urllib.request.Request(f"{ready['api']}/v3{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    person = {"email": grant, "is_organizer": True, "availability": {"calendar_ids": ["primary"]}, "booking": {}}
    configuration = {
        "participants": [person],
        "availability": {"duration_minutes": 30},
        "event_booking": {"title": "Generated"},
        "scheduler": {"available_days_in_future": 3650},
    }
    configuration = post(f"/grants/{grant}/scheduling/configurations", configuration)["id"]
    start = 1_993_759_200  # before the times of the documented examples
    booking = {"start_time": start, "end_time": start + 1800, "guest": {"name": "Jane Doe", "email": "jane@example.com"}}
    return configuration, post(f"/scheduling/bookings?configuration_id={configuration}", booking)["booking_id"]


def check(document, ready, folder, scheduled):
    """Whether schemathesis finds nothing. It leaves its caches in the folder."""
    tenant = ready["tenants"][TENANT]
    configuration, booking = scheduled
    environment = os.environ | {
        "CONVENE_CLIENT_ID": tenant["client_id"],
        "CONVENE_CLIENT_SECRET": tenant["client_secret"],
        "CONVENE_TOKEN": access_token(ready),
        "CONVENE_API_KEY": tenant["nylas_api_key"],
        "CONVENE_CONFIGURATION": configuration,
        "CONVENE_BOOKING": booking,
        "CONVENE_MAILBOXES": ",".join(member["email"] for member in tenant["members"]),
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1",
    }
    command = [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml"]
    command += ["run", document, "--url", ready["api"], "--no-color", *sys.argv[1:]]
    command += ["--max-examples", os.environ.get("CONVENE_CASES", "50")]
    if seed := os.environ.get("CONVENE_SEED"):
        command += ["--seed", seed]
    return subprocess.run(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main():
    with local_server.running() as (ready, folder):
        scheduled = scheduling(ready)
        failed = [document.name for document in documents.paths() if not check(document, ready, folder, scheduled)]
    return f"schemathesis found faults with {', '.join(failed)}" if failed else 0


if __name__ == "__main__":
    sys.exit(main())
