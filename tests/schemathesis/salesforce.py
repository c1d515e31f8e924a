"""Rules of /api/salesforce/scheduler/ that the document has in words only, as no schema can express them.

A valid request may be refused for such a rule if the answer names just the fields that the rule is about. An invalid body of
DELETE may be accepted where the query string has what it lacks, and an invalid entry of a list fails by itself.
"""

import datetime
import uuid

from schemathesis.specs.openapi.checks import AcceptedNegativeData, RejectedPositiveData

PATH = "/api/salesforce/scheduler/"
MAX_ID = 512  # bytes
MAX_WINDOW = datetime.timedelta(days=366)
SPANS = [("from", "to"), ("startTime", "endTime")]


def make_consistent(case):
    """Puts times in order, and lets the query string of DELETE say what its body says."""
    if not case.path.startswith(PATH):
        return
    body = case.body if isinstance(case.body, dict) else {}
    for fields in [case.query, body, nested(body, "new")]:
        for start, end in SPANS:
            if ends_before_it_starts({start: fields.get(start), end: fields.get(end)}):
                fields[start], fields[end] = fields[end], fields[start]
    if case.method == "DELETE":
        for name in case.query.keys() & body.keys() & {"id", "organizerEmail"}:
            case.query[name] = body[name]
        if "attendees" in body:
            case.query.pop("attendees", None)


def make_unique(case):
    """Gives a meeting or an appointment that is to be created an id of its own, unless the id is what is wrong. Under an id
    that is taken the answer would be a conflict."""
    creates = case.path.startswith(PATH) and case.method == "POST" and isinstance(case.body, dict)
    if creates and isinstance(case.body.get("id"), str) and 0 < len(case.body["id"].strip()) <= MAX_ID:
        case.body["id"] = str(uuid.uuid4())


def explains(failure, case, response):
    """Whether one of the rules explains what schemathesis found."""
    if not case.path.startswith(PATH):
        return False
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        answer = response.json()
        if answer["errorCode"] == "ErrorInvalidTimeInterval":
            # PATCH may change one of the times; the other is in the calendar.
            changes_one = case.method == "PATCH" and (time(body.get("startTime")) is None) != (time(body.get("endTime")) is None)
            return changes_one or any(ends_before_it_starts(fields) for fields in [case.query, body, nested(body, "new")])
        refused = {detail["field"] for detail in answer.get("details", [])}
        return bool(refused) and refused <= explained_fields(case, body)
    if isinstance(failure, AcceptedNegativeData):
        if refused_alone(response):
            return True
        if case.method == "DELETE" and isinstance(case.body, dict):
            missing = {"id", "organizerEmail"} - {name for name, value in body.items() if value is not None}
            return bool(missing) and missing <= case.query.keys()
    return False


def refused_alone(response):
    """Whether the answer is a list in which an entry was refused by itself."""
    answer = response.json() if response.status_code == 200 else None
    return isinstance(answer, list) and any(entry["errorCode"] == "InvalidRequest" for entry in answer)


def explained_fields(case, body):
    """The fields for which a request may be refused although it is valid by its schema."""
    fields = set()
    ids = {"id": [case.query.get("id"), body.get("id")], "original.id": [nested(body, "original").get("id")]}
    fields |= {name for name, values in ids.items() if any(is_long(value) for value in values)}
    window = (time(case.query.get("from")), time(case.query.get("to")))
    if all(window) and window[1] - window[0] > MAX_WINDOW:
        fields.add("to")
    if case.method == "DELETE":
        for name in ["id", "organizerEmail", "attendees"]:
            in_both = name in case.query and name in body and case.query[name] != body[name]
            in_none = name not in case.query and name not in body
            if in_both or in_none:
                fields.add(name)
    return fields


def nested(body, name):
    """An object within the body, or an empty one."""
    return body[name] if isinstance(body.get(name), dict) else {}


def is_long(value):
    """Whether an id is too long in UTF-8; its schema counts characters."""
    return isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > MAX_ID


def ends_before_it_starts(fields):
    """Whether the end in these fields is not after the start."""
    times = [(time(fields.get(start)), time(fields.get(end))) for start, end in SPANS]
    return any(start and end and start >= end for start, end in times)


def time(text):
    """A time of a request without fractions of a second, or None if it is none."""
    try:
        return datetime.datetime.fromisoformat(text).replace(microsecond=0)
    except (TypeError, ValueError):
        return None
