"""Rules of /v3/ that the document has in words only, as no schema can express them.

A valid request may be refused for such a rule if the answer names just the fields that the rule is about. An invalid value may be
accepted where the family reads values leniently, as the document says.
"""

import os
import re

from schemathesis.specs.openapi.checks import AcceptedNegativeData, RejectedPositiveData

PATH = "/v3/"
CONFIGURATION = os.environ["CONVENE_CONFIGURATION"]
BOOKING = os.environ["CONVENE_BOOKING"]
MEMBER = os.environ["CONVENE_MAILBOXES"].split(",")[0]
FIRST = 1_993_795_200  # Monday, 7 March 2033, 8:00 UTC, within the horizon of the configuration
SLOT = 1800  # seconds
SLOTS = 40_000

# Whole messages, or their beginnings.
REFUSALS = (
    "The selected timeslot is unavailable.",
    "configuration_id is required.",
    "The booking must be pending.",
    "The booking is cancelled or over, and cannot be changed.",
    "The booking can be cancelled, not moved:",
    "The configuration has active sessions until ",
    "page_token must be the next_cursor of a page of this list.",
    "slug must be another one:",
    "id must be another one:",
    "id must be a UUID.",
    "The Idempotency-Key was used before, with another request.",
)
# Fields with what they must be, where a schema has no word for it.
REQUIREMENTS = [
    (r"configuration_id", r"is required, or slug"),
    (r"end_time", r"must (not be before|be at most 62 days after|be after) start_time"),
    (r"(.*\.)?timezone", r"must be a time zone of the IANA database"),
    (r"(.*\.)?(exdates|ex_dates)\[\d+\]", r"must be a date such as"),
    (r".*\.end", r"must be after the start"),
    (r"participants", r"must (have|be) "),
    (r"participants\[\d+\].*", r"must be (primary or the mailbox's address|a mail address|the id of a calendar)"),
    (r"event_booking\.title", r"is required"),
    (r"event_booking\.conferencing\.(details|provider)", r"must be "),
    (r"scheduler\.additional_fields(\..*)?", r"must "),
    (r"scheduler\.[a-z_]+_url", r"must be the URL of a page"),
    (r"scheduler\.notetaker_settings\.enabled", r"must be false: no recordings are made"),
    (r"(guest|additional_guests\[\d+\])\.name", r"must have 1 to 255 characters"),
    (r"additional_guests", r"must be empty for this configuration"),
    (r".*", r"must have at most \d+ "),
]


def make_consistent(case):
    """Makes a request one about things that exist, and a booking one of a time that may be free."""
    if not case.path.startswith(PATH):
        return
    variables = {"grant_id": MEMBER, "booking_id": BOOKING}
    if case.method != "DELETE":
        variables["configuration_id"] = CONFIGURATION
    for name in variables.keys() & case.path_parameters.keys():
        case.path_parameters[name] = variables[name]
    if "/scheduling/" in case.path and "configuration_id" in case.query:
        case.query["configuration_id"] = CONFIGURATION
    for fields in [case.query, case.body if isinstance(case.body, dict) else {}]:
        if isinstance(fields.get("start_time"), int) and isinstance(fields.get("end_time"), int):
            fields["start_time"] = FIRST + fields["start_time"] % SLOTS * SLOT
            fields["end_time"] = fields["start_time"] + SLOT


def explains(failure, case, response):
    """Whether one of the rules explains what schemathesis found."""
    if not case.path.startswith(PATH):
        return False
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        return is_by_rule(response.json()["error"]["message"])
    return False


def is_by_rule(message):
    """Whether a request may be refused with this message although it is valid by its schema."""
    if message.startswith(REFUSALS):
        return True
    head = "The request is not valid: "
    if not message.startswith(head):
        return False
    return all(is_requirement(part) for part in message.removeprefix(head).removesuffix(".").split("; "))


def is_requirement(text):
    return any(re.match(f"{field} {must}", text) for field, must in REQUIREMENTS)
