"""Calling the API, with nothing but HTTP."""

import dataclasses
import http.client
import json
import urllib.parse
from typing import Any

from aws import Failure

MEETING = "/api/salesforce/scheduler/meeting"
AVAILABILITY = "/api/salesforce/scheduler/availability"


@dataclasses.dataclass
class Answer:
    """An answer, read to its end."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def expect(self, status: int, code: str | None = None) -> "Answer":
        """Fails unless it is this status, and this error code if one is asked for."""
        if self.status != status or (code and self.json.get("errorCode") != code):
            raise Failure(f"expected {status} {code or ''}, got {self.status}: {self.text[:1000]}")
        return self


def request(url: str, method: str, body: str | None, headers: dict[str, str]) -> Answer:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body.encode() if body is not None else None, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    finally:
        connection.close()


def token(url: str, **form: str) -> Answer:
    """What the token endpoint answers to a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return request(f"{url}/oauth2/token", "POST", urllib.parse.urlencode(form), headers)


@dataclasses.dataclass
class Api:
    """A client with an access token."""

    url: str
    token: str

    @classmethod
    def sign_in(cls, url: str, client_id: str, client_secret: str) -> "Api":
        answer = token(url, grant_type="client_credentials", client_id=client_id, client_secret=client_secret)
        return cls(url, answer.expect(200).json["access_token"])

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return request(self.url + path, method, None if body is None else json.dumps(body), headers)

    def schedule(self, meeting_id: str, organizer: str, **changes: Any) -> Answer:
        """Books half an hour on a day of its own; the same again for the same id."""
        meeting = {
            "id": meeting_id, "organizerEmail": organizer, "subject": "Review", "body": "", "location": "Room 7",
            "startTime": "2027-03-01T10:00:00Z", "endTime": "2027-03-01T10:30:00Z", "attendees": [], **changes,
        }
        return self.send("POST", MEETING, meeting)

    def get(self, meeting_id: str, organizer: str) -> Answer:
        query = urllib.parse.urlencode({"id": meeting_id, "organizerEmail": organizer})
        return self.send("GET", f"{MEETING}?{query}")

    def busy(self, mailbox: str, day: str) -> list[Any]:
        """When somebody is not available on a day."""
        query = urllib.parse.urlencode({"from": f"{day}T00:00:00Z", "to": f"{day}T23:59:59Z"})
        rows = self.send("POST", f"{AVAILABILITY}?{query}", [{"email": mailbox}]).expect(200).json
        if rows[0]["errorCode"] != "NoError":
            raise Failure(f"no availability: {rows}")
        return rows[0]["unavailableTimeslots"]
