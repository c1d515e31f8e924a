"""The routes that `cargo lambda watch` serves by the router in Cargo.toml."""

import base64
import json
import tomllib
import urllib.error
import urllib.parse
import urllib.request

import scheduling
from events import sample
from readme import ROOT

MEETING = "/api/salesforce/scheduler/meeting"
POSTBACK = "/api/salesforce/scheduler/postback"
AVAILABILITY = "/api/salesforce/scheduler/availability"
OWN = {"id": "over the routes", "organizerEmail": "organizer@contoso.com"}
BOOKED = {
    "subject": "Kick-off",
    "body": "Who does what.",
    "location": "MS Teams",
    "startTime": "2030-03-04T10:00:00Z",
    "endTime": "2030-03-04T10:30:00Z",
    "attendees": [{"email": "attendee1@contoso.com", "isRequired": "true"}],
}


def content(answer):
    """What an answer says: JSON, or text if it is a page."""
    body = answer.read()
    return json.loads(body or b"null") if answer.headers.get_content_type() == "application/json" else body.decode()


class Caller:
    """Somebody who calls the API."""

    def __init__(self, url):
        self.url, self.token, self.used = url, None, set()

    def send(self, method, path, body=None, query=None, route=None):
        """Status and JSON of an answer. `route`: the path with its variables, if it has some."""
        self.used.add((method, route or path))
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if isinstance(body, dict | list):
            body, headers["content-type"] = json.dumps(body).encode(), "application/json"
        target = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
        sent = urllib.request.Request(target, body, headers, method=method)
        try:
            with urllib.request.urlopen(sent, timeout=60) as answer:
                return answer.status, content(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, content(refused)

    def log_in(self, tenant):
        form = {name: tenant[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
        status, answer = self.send("POST", "/oauth2/token", urllib.parse.urlencode(form).encode())
        assert status == 200, answer
        self.token = answer["access_token"]


def routes():
    """The function of each route of the router, by method and path. A fallback's is asked with GET."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    router = manifest["workspace"]["metadata"]["lambda"]["watch"]["router"]
    listed = {path: entries for path, entries in router.items() if isinstance(entries, list)}
    routes = {(entry["method"], path): entry["function"] for path, entries in listed.items() for entry in entries}
    fallbacks = router.keys() - listed.keys()
    return routes | {("GET", path.replace("{*proxy}", "unknown")): router[path] for path in fallbacks}


def book(url, tenant):
    """A meeting's life and an appointment's, by way of every route."""
    caller = Caller(url)
    assert caller.send("GET", "/health") == (200, {"status": "ok", "version": version()})
    assert caller.send("HEAD", "/health") == (200, None)
    assert caller.send("GET", MEETING, query=OWN)[0] == 401
    status, unknown = caller.send("GET", "/api/salesforce/unknown")
    assert (status, unknown["errorCode"]) == (404, "InvalidRequest"), unknown
    caller.log_in(tenant)
    done = (200, {"email": OWN["organizerEmail"], "errorCode": "NoError"})
    for _ in range(2):
        assert caller.send("POST", MEETING, OWN | BOOKED) == done
    window = {"from": "2030-03-04T00:00:00Z", "to": "2030-03-05T00:00:00Z"}
    status, busy = caller.send("POST", AVAILABILITY, [{"email": "attendee1@contoso.com"}], window)
    assert status == 200 and "2030-03-04T10:00:00" in json.dumps(busy), busy
    assert caller.send("PATCH", MEETING, OWN | {"subject": "Later"}) == done
    status, read = caller.send("GET", MEETING, query=OWN)
    assert (status, read["subject"]) == (200, "Later"), read
    assert caller.send("DELETE", MEETING, OWN) == done
    status, gone = caller.send("GET", MEETING, query=OWN)
    assert (status, gone["errorCode"]) == (404, "MeetingNotFound"), gone
    rows = (200, [{"email": email, "errorCode": "NoError"} for email in (OWN["organizerEmail"], "attendee1@contoso.com")])
    assert caller.send("POST", POSTBACK, OWN | BOOKED) == rows
    assert caller.send("PUT", POSTBACK, {"original": {"id": OWN["id"]}, "new": OWN | BOOKED | {"subject": "Later"}}) == rows
    assert caller.send("DELETE", POSTBACK, query=OWN | {"attendees": "attendee1@contoso.com"}) == rows
    scheduling.run(tenant, lambda name, event: send_event(caller, event))
    # Every other route, with nothing known but the event of its function.
    for (method, path), name in routes().items():
        if (method, path) not in caller.used:
            status, answer = send_event(caller, sample(name), (method, path))
            assert status < 500, f"{method} {path}: {answer}"
    return len(caller.used)


def send_event(caller, event, route=None):
    """Status and JSON of the answer to the request of an event. `route`: method and path, if they are not those of the event."""
    method, path = route or event["routeKey"].split(" ", 1)
    query = urllib.parse.parse_qs(event["rawQueryString"])
    body = event.get("body", "").encode()
    body = base64.b64decode(body) if event["isBase64Encoded"] else body
    credential = event["headers"].get("authorization", "").removeprefix("Bearer ")
    caller.token = None if credential in ("", "ACCESS_TOKEN") else credential
    # As sent: the event has the values of variables in the path.
    return caller.send(method, event["rawPath"], body or None, query, path)


def version():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
