"""Every function, invoked with its event in events/ by `cargo lambda invoke`."""

import base64
import json
import re
import subprocess

import scheduling
from events import sample
from readme import ROOT

TIMEOUT = 900  # seconds; the first call of a function may compile it
NEW = "northwind"  # a tenant that is rolled out, rotated, disabled and erased here


def listed():
    """The functions that functions/*/functions.yaml list, and the fallbacks of families with a prefix."""
    files = list((ROOT / "functions").glob("*/functions.yaml"))
    functions = {name for file in files for name in re.findall(r"^ *- name: *(\S+)$", file.read_text(), re.M)}
    return functions | {f"{file.parent.name}-fallback" for file in files if re.search("^prefix:", file.read_text(), re.M)}


def check_all_invoked(called):
    """Fails with the names of functions that are listed and were not invoked, or were and are not listed."""
    if left_out := sorted(listed() - called):
        raise SystemExit(f"functions.yaml lists functions that were not invoked: {', '.join(left_out)}")
    if unknown := sorted(called - listed()):
        raise SystemExit(f"no functions.yaml lists functions that were invoked: {', '.join(unknown)}")


class Invoker:
    """Somebody with `cargo lambda invoke`."""

    def __init__(self, port, folder):
        self.port, self.folder, self.called = port, folder, set()

    def run(self, name, event):
        """What the command says: its exit status, what it prints, and what it prints to stderr."""
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(event))
        where = ["--invoke-address", "127.0.0.1", "--invoke-port", str(self.port)]
        command = ["cargo", "lambda", "invoke", *where, name, "--data-file", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT)
        self.called.add(name)
        return done.returncode, done.stdout, done.stderr

    def task(self, name, event):
        """What a function says that is invoked directly; it must not fail."""
        status, out, error = self.run(name, event)
        assert status == 0, f"{name}: {error}"
        return json.loads(out)

    def refused(self, name, event, why):
        """A function that is invoked directly refuses, and says why."""
        status, out, error = self.run(name, event)
        assert status != 0 and why in error, f"{name}: {status}, {out}{error}"

    def endpoint(self, name, event, expected):
        """The body that an endpoint answers with this status."""
        answer = self.task(name, event)
        assert answer["statusCode"] == expected, f"{name}: {answer}"
        return json.loads(answer["body"])


def answered(response):
    """Status and JSON of a response to API Gateway."""
    return response["statusCode"], json.loads(response["body"])


def with_token(event, token):
    return json.loads(json.dumps(event).replace("ACCESS_TOKEN", token))


def access_token(invoker, tenant):
    """An access token, by the refresh token of a tenant."""
    event = sample("issue-token")
    form = base64.b64decode(event["body"]).decode()
    for placeholder in ("REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
        form = form.replace(placeholder, tenant[placeholder.lower()])
    event["body"] = base64.b64encode(form.encode()).decode()
    return invoker.endpoint("issue-token", event, 200)["access_token"]


def endpoints(invoker, tenant):
    """The functions behind routes. The documented DELETE is about another id than the documented POST."""
    assert invoker.endpoint("get-health", sample("get-health"), 200)["status"] == "ok"
    token = access_token(invoker, tenant)
    ask = lambda name, status: invoker.endpoint(name, with_token(sample(name), token), status)  # noqa: E731
    for name in ("schedule-meeting", "update-meeting"):
        assert ask(name, 200) == {"email": "organizer@contoso.com", "errorCode": "NoError"}, name
    read = ask("get-meeting", 200)
    assert (read["subject"], len(read["attendees"])) == ("New subject", 3), read
    assert {entry["email"] for entry in ask("get-availability", 200)} >= {"attendee1@contoso.com"}
    assert ask("delete-meeting", 404)["errorCode"] == "MeetingNotFound"
    for name in ("create-appointments", "update-appointments", "delete-appointments"):
        rows = ask(name, 200)
        assert len(rows) == 3 and all(row["errorCode"] == "NoError" for row in rows), rows
    assert invoker.endpoint("get-meeting", sample("get-meeting"), 401)["errorCode"] == "Unauthorized"
    scheduling.run(tenant, lambda name, event: answered(invoker.task(name, event)))
    # Every other endpoint, with nothing known but its event.
    for name in sorted(listed() - invoker.called):
        event = sample(name)
        if "routeKey" in event:
            answer = invoker.task(name, with_token(event, token))
            assert answer["statusCode"] < 500, f"{name}: {answer}"


def tasks(invoker, backends, cloud):
    """What AWS and operators invoke, with what in the events belongs to another account put right."""
    assert invoker.task("check-tenant", sample("check-tenant"))["ok"] is True
    invoker.refused("erase-tenant", sample("erase-tenant"), "the tenant contoso is enabled")
    invoker.refused("rotate-credentials", sample("rotate-credentials"), "The secret does not exist")

    event = sample("provision-tenant")
    event["ResponseURL"] = cloud.url
    properties = event["ResourceProperties"]
    properties |= {"TenantName": NEW, **backends.make_secrets(NEW)}
    assert invoker.task("provision-tenant", event) is None
    assert cloud.answers[-1]["Status"] == "SUCCESS", cloud.answers

    secret = properties["CredentialsSecretArn"]
    backends.call("secretsmanager", "RotateSecret", {"SecretId": secret})
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation = sample("rotate-credentials") | {"SecretId": secret, "Step": step}
        assert invoker.task("rotate-credentials", rotation) is None, step

    gone = event | {"RequestType": "Delete", "PhysicalResourceId": f"convene-tenant-{NEW}"}
    assert invoker.task("provision-tenant", gone) is None
    assert cloud.answers[-1]["Status"] == "SUCCESS", cloud.answers
    backends.disabled_long_ago(NEW)
    erased = invoker.task("erase-tenant", sample("erase-tenant") | {"tenant": NEW, "confirm": NEW})
    assert erased["finished"] is True and erased["erased"] >= 2, erased
