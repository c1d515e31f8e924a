"""Uses the API with the vendor's Python SDK, which has no method for availability."""

import base64
import contextlib
import re
import time
import urllib.parse
import warnings

import requests
from nylas import Client
from nylas.models.errors import NylasApiError

DAY = 86_400
HALF_HOUR = 1800
TIMEOUT = 30  # seconds


def midnight(days):
    """Midnight UTC so many days from now: after the weeks in which `cargo local` fills the calendars."""
    return (int(time.time()) // DAY + days) * DAY


def configuration(organizer, **changes):
    """A configuration of the organizer and of an assistant, who is only notified."""
    return {
        "participants": [
            {
                "name": "Olivia",
                "email": organizer,
                "is_organizer": True,
                "availability": {"calendar_ids": ["primary"]},
                "booking": {"calendar_id": "primary"},
            },
            {"email": "assistant@example.com"},
        ],
        "availability": {"duration_minutes": 30},
        "event_booking": {"title": "Consultation", "timezone": "UTC"},
        "scheduler": {
            "min_booking_notice": 0,
            "available_days_in_future": 90,
            "additional_fields": {"company": {"label": "Company", "type": "text", "required": False}},
        },
        **changes,
    }


def booking(start, guest, **changes):
    """A guest's request for half an hour."""
    person = {"name": guest, "email": f"{guest.lower()}@example.com"}
    return {"start_time": start, "end_time": start + HALF_HOUR, "guest": person, **changes}


@contextlib.contextmanager
def refused(status, kind, message=""):
    """Expects an error of the API as the SDK reports it."""
    try:
        yield
    except NylasApiError as error:
        assert (error.status_code, error.type) == (status, kind), error
        assert str(error).startswith(message), error
        assert error.request_id and error.request_id == error.headers["x-request-id"]
    else:
        raise AssertionError(f"no {status} {kind}")


def check_configurations(scheduler, client):
    """All five operations, with pages."""
    configurations, grant = scheduler.configurations, client["GRANT_ID"]
    created = [configurations.create(grant, configuration(client["ORGANIZER"])).data.id for _ in range(3)]
    page = configurations.list(grant, {"limit": 2})
    assert page.next_cursor and page.request_id
    rest = configurations.list(grant, {"limit": 2, "page_token": page.next_cursor})
    assert [found.id for found in page.data + rest.data] == created and rest.next_cursor is None
    found = configurations.find(grant, created[0]).data
    assert found.participants[0].availability.calendar_ids == ["primary"]
    assert found.participants[1].availability is None and found.participants[1].booking is None
    assert found.scheduler.additional_fields["company"].label == "Company"
    changed = configurations.update(grant, created[0], {"slug": "python-sdk"}).data
    assert (changed.slug, changed.event_booking.title) == ("python-sdk", "Consultation")
    with refused(400, "invalid_request_error"):
        configurations.create(grant, {**configuration(client["ORGANIZER"]), "availability": {}})
    for one in created:
        assert configurations.destroy(grant, one).request_id
    with refused(404, "not_found_error"):
        configurations.find(grant, created[0])


def check_sessions(scheduler, client):
    """A private configuration opens for a session."""
    private = configuration(client["ORGANIZER"], requires_session_auth=True, slug="python-private")
    created = scheduler.configurations.create(client["GRANT_ID"], private).data.id
    session = scheduler.sessions.create({"slug": "python-private", "time_to_live": 10}).data.session_id
    guest = Client(api_key=session, api_uri=client["API"]).scheduler.bookings
    booked = guest.create(booking(midnight(30), "Jane")).data.booking_id
    assert guest.find(booked).data.booking_id == booked
    assert guest.destroy(booked, None).request_id
    assert scheduler.sessions.destroy(session).request_id
    with refused(401, "unauthorized"):
        guest.find(booked)
    scheduler.configurations.destroy(client["GRANT_ID"], created)


def check_bookings(scheduler, client):
    """A booking is made, moved and cancelled."""
    bookings, grant = scheduler.bookings, client["GRANT_ID"]
    created = scheduler.configurations.create(grant, configuration(client["ORGANIZER"])).data.id
    query = {"configuration_id": created}
    start = midnight(32)
    request = booking(start, "Jane", timezone="America/New_York", additional_fields={"company": "Žluťoučký & Co."})
    booked = bookings.create(request, query).data
    assert (booked.status, booked.title, booked.organizer.email) == ("booked", "Consultation", client["ORGANIZER"])
    with refused(400, "invalid_request_error", "The selected timeslot is unavailable"):
        bookings.create(booking(start, "Joe"), query)
    later = {"start_time": start + HALF_HOUR, "end_time": start + 2 * HALF_HOUR}
    moved = bookings.reschedule(booked.booking_id, later, query).data
    assert (moved.booking_id, moved.event_id, moved.status) == (booked.booking_id, booked.event_id, "booked")
    assert bookings.create(booking(start, "Joe"), query).data.status == "booked"
    assert bookings.find(booked.booking_id, query).data.status == "booked"
    assert bookings.destroy(booked.booking_id, {"cancellation_reason": "Ill"}, query).request_id
    assert bookings.find(booked.booking_id, query).data.status == "cancelled"


def organizers_salt(client, event):
    """The salt of the organizer's link, which only the event in the organizer's calendar has."""
    headers = {"authorization": f"Bearer {client['GRAPH_TOKEN']}", "prefer": 'IdType="ImmutableId"'}
    url = f"{client['GRAPH']}/v1.0/users/{client['ORGANIZER']}/events/{urllib.parse.quote(event, safe='')}"
    body = requests.get(url, headers=headers, timeout=TIMEOUT).json()["body"]["content"]
    reference = re.search(r"/confirm/([\w-]+)", body).group(1)
    decoded = base64.urlsafe_b64decode(reference + "=" * (-len(reference) % 4))
    return base64.urlsafe_b64encode(decoded[32:]).decode().rstrip("=")


def check_decisions(scheduler, client):
    """The organizer confirms or cancels, by either of the SDK's names for it."""
    on_request = configuration(client["ORGANIZER"])
    on_request["event_booking"]["booking_type"] = "organizer-confirmation"
    on_request["scheduler"]["organizer_confirmation_url"] = "https://book.example.com/confirm/:booking_ref"
    created = scheduler.configurations.create(client["GRANT_ID"], on_request).data.id
    query = {"configuration_id": created}
    for day, (status, result) in enumerate(
        [("confirm", "booked"), ("confirmed", "booked"), ("cancel", "cancelled"), ("cancelled", "cancelled")], start=34
    ):
        pending = scheduler.bookings.create(booking(midnight(day), "Jane"), query).data
        assert pending.status == "pending"
        decision = {"salt": organizers_salt(client, pending.event_id), "status": status}
        decided = scheduler.bookings.confirm(pending.booking_id, decision, query).data
        assert (decided.booking_id, decided.status) == (pending.booking_id, result), status


def check(client):
    """Everything that the SDK can do here."""
    # The SDK warns of null where its models have a value; the vendor's API sends null for a participant without a calendar.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="dataclasses_json")
    scheduler = Client(api_key=client["API_KEY"], api_uri=client["API"]).scheduler
    check_configurations(scheduler, client)
    check_sessions(scheduler, client)
    check_bookings(scheduler, client)
    check_decisions(scheduler, client)
    print("The Python SDK: configurations, sessions and bookings work.")
