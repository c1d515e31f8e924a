"""Requests that are refused: each of the statuses 400, 401 and 404 from each operation that can answer with it, and 429."""

import uuid

import requests

import python_sdk

TIMEOUT = 30  # seconds
# More than the limit for one guest address in an hour, twice: an hour may end meanwhile.
ATTEMPTS = 41


class Api:
    """Sends requests and checks the status."""

    def __init__(self, client):
        self.base = client["API"]
        self.key = client["API_KEY"]

    def __call__(self, status, method, path, body=None, credential=None):
        headers = {"authorization": f"Bearer {credential}"} if credential else {}
        answer = requests.request(method, f"{self.base}/v3/{path}", json=body, headers=headers, timeout=TIMEOUT)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code}, not {status}\n{answer.text}"
        return answer

    def by_key(self, status, method, path, body=None):
        """The same with the tenant's API key."""
        return self(status, method, path, body, self.key)


def check_systems(api, client):
    """Configurations and sessions, which need the API key."""
    unknown = uuid.uuid4()
    configurations = f"grants/{client['GRANT_ID']}/scheduling/configurations"
    elsewhere = f"grants/{unknown}/scheduling/configurations"
    valid = python_sdk.configuration(client["ORGANIZER"], slug="refusals")
    created = api.by_key(200, "POST", configurations, valid).json()["data"]["id"]
    one = f"{configurations}/{created}"
    session = api.by_key(200, "POST", "scheduling/sessions", {"configuration_id": created}).json()["data"]["session_id"]
    assert api.by_key(200, "GET", f"scheduling/sessions/{session}").json()["data"]["session_id"] == session

    api.by_key(400, "GET", f"{configurations}?limit=0")
    api.by_key(400, "POST", configurations, {})
    api.by_key(400, "PUT", one, {"participants": []})
    api.by_key(400, "DELETE", one)
    api.by_key(400, "POST", "scheduling/sessions", {})
    for credential in (None, "not-a-key"):
        for method, path, body in [
            ("GET", configurations, None),
            ("POST", configurations, valid),
            ("GET", one, None),
            ("PUT", one, {"name": "Another"}),
            ("DELETE", one, None),
            ("POST", "scheduling/sessions", {"configuration_id": created}),
            ("GET", f"scheduling/sessions/{session}", None),
            ("DELETE", f"scheduling/sessions/{session}", None),
        ]:
            api(401, method, path, body, credential)
    api.by_key(404, "GET", elsewhere)
    api.by_key(404, "POST", elsewhere, valid)
    for method, body in [("GET", None), ("PUT", {"name": "Another"}), ("DELETE", None)]:
        api.by_key(404, method, f"{configurations}/{unknown}", body)
    api.by_key(404, "POST", "scheduling/sessions", {"configuration_id": str(unknown)})
    for method in ("GET", "DELETE"):
        api.by_key(404, method, f"scheduling/sessions/{unknown}")

    api.by_key(200, "DELETE", f"scheduling/sessions/{session}")
    api.by_key(200, "DELETE", one)


def check_guests(api, client):
    """Availability, bookings and `ui-settings`, which a public page uses."""
    unknown = uuid.uuid4()
    path = f"grants/{client['GRANT_ID']}/scheduling/configurations"
    public = api.by_key(200, "POST", path, python_sdk.configuration(client["ORGANIZER"])).json()["data"]["id"]
    private = python_sdk.configuration(client["ORGANIZER"], requires_session_auth=True)
    private = api.by_key(200, "POST", path, private).json()["data"]["id"]
    start = python_sdk.midnight(50)
    request = python_sdk.booking(start, "Jane")
    of_public = f"configuration_id={public}"
    booked = api(200, "POST", f"scheduling/bookings?{of_public}", request).json()["data"]["booking_id"]
    api(200, "GET", f"scheduling/ui-settings?{of_public}&booking_id={booked}")
    period = f"start_time={start}&end_time={start + python_sdk.DAY}"
    times = {name: request[name] for name in ("start_time", "end_time")}
    decision = {"salt": "x", "status": "confirmed"}

    api(400, "GET", f"scheduling/availability?{of_public}")
    api(400, "POST", f"scheduling/bookings?{of_public}", {})
    api(400, "PATCH", f"scheduling/bookings/{booked}?{of_public}", {"start_time": "soon"})
    api(400, "PUT", f"scheduling/bookings/{booked}?{of_public}", {"salt": "x", "status": "perhaps"})
    # Nobody says which configuration it is.
    for method, path_of_one in [("GET", f"bookings/{booked}"), ("DELETE", f"bookings/{booked}"), ("GET", "ui-settings")]:
        api(400, method, f"scheduling/{path_of_one}")
    for identity, status, one in [
        (f"configuration_id={private}", 401, booked),
        (f"configuration_id={unknown}", 404, booked),
        (of_public, 404, unknown),
    ]:
        api(status, "GET", f"scheduling/bookings/{one}?{identity}")
        api(status, "PATCH", f"scheduling/bookings/{one}?{identity}", times)
        api(status, "PUT", f"scheduling/bookings/{one}?{identity}", decision)
        api(status, "DELETE", f"scheduling/bookings/{one}?{identity}")
        if one == booked:
            api(status, "GET", f"scheduling/availability?{period}&{identity}")
            api(status, "GET", f"scheduling/ui-settings?{identity}")
            api(status, "POST", f"scheduling/bookings?{identity}", request)
    api(200, "DELETE", f"scheduling/bookings/{booked}?{of_public}")
    check_limit(api, public, request)
    for one in (public, private):
        api.by_key(200, "DELETE", f"{path}/{one}")


def check_limit(api, configuration, request):
    """A guest address has only so many requests in an hour."""
    url = f"{api.base}/v3/scheduling/bookings?configuration_id={configuration}"
    for _ in range(ATTEMPTS):
        answer = requests.post(url, json={**request, "end_time": request["start_time"] + 1}, timeout=TIMEOUT)
        if answer.status_code != 400:
            break
    assert answer.status_code == 429, answer.text
    assert answer.json()["error"]["type"] == "rate_limit_error" and int(answer.headers["retry-after"]) > 0


def check(client):
    """All of it."""
    api = Api(client)
    check_systems(api, client)
    check_guests(api, client)
    print("Refusals: 400, 401, 404 and 429 are the documented errors.")
