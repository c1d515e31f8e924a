"""The life of a meeting with the generated Python client."""

import datetime

ID = "generated-python"
ORGANIZER = "organizer@contoso.com"
START = datetime.datetime(2031, 3, 4, 10, 0, tzinfo=datetime.timezone.utc)


def book(clients, tenant):
    """Gets a token; schedules, reads, changes and deletes a meeting."""
    clients.token = token(clients, tenant)
    schedule(clients)
    assert read(clients).subject == "Generated"
    change(clients)
    found = read(clients)
    assert (found.subject, found.body, found.end_time) == ("Changed", "Grüße", START + datetime.timedelta(hours=1))
    delete(clients)


def token(clients, tenant):
    models = clients.models("issueToken")
    credentials = {name: tenant[name] for name in ["client_id", "client_secret"]}
    answer = clients.call("issueToken", body=models.TokenRequest(grant_type="client_credentials", **credentials))
    assert isinstance(answer, models.TokenResponse), answer
    assert answer.token_type == "Bearer" and answer.expires_in > 0, answer
    return answer.access_token


def schedule(clients):
    models = clients.models("scheduleMeeting")
    # Both forms of `isRequired`.
    attendees = [
        models.Attendee.from_dict({"email": "attendee1@contoso.com", "isRequired": "true"}),
        models.Attendee(email="attendee2@contoso.com", is_required=False),
    ]
    meeting = models.Meeting(
        id=ID,
        organizer_email=ORGANIZER,
        subject="Generated",
        body="Grüße",
        location="Room 1",
        start_time=START,
        end_time=START + datetime.timedelta(minutes=30),
        attendees=attendees,
        salesforce_correlation_id="generated-python-1",
    )
    answer = clients.call("scheduleMeeting", body=meeting)
    assert isinstance(answer, models.Outcome), answer
    assert answer.error_code is models.ErrorCode.NOERROR and answer.email == ORGANIZER, answer


def read(clients):
    models = clients.models("getMeeting")
    answer = clients.call("getMeeting", id=ID, organizer_email=ORGANIZER)
    assert isinstance(answer, models.MeetingAnswer), answer
    assert (answer.id, answer.organizer_email, answer.start_time) == (ID, ORGANIZER, START), answer
    required = {attendee.email: attendee.is_required for attendee in answer.attendees}
    assert required == {"attendee1@contoso.com": "true", "attendee2@contoso.com": "false"}, answer
    assert all(attendee.response is models.AttendeeResponse.NORESPONSERECEIVED for attendee in answer.attendees), answer
    return answer


def change(clients):
    models = clients.models("updateMeeting")
    end = START + datetime.timedelta(hours=1)
    answer = clients.call(
        "updateMeeting",
        body=models.MeetingChange(id=ID, organizer_email=ORGANIZER, subject="Changed", location=None, end_time=end),
    )
    assert isinstance(answer, models.Outcome) and answer.error_code is models.ErrorCode.NOERROR, answer


def delete(clients):
    models = clients.models("deleteMeeting")
    answer = clients.call("deleteMeeting", body=models.MeetingReference(id=ID, organizer_email=ORGANIZER))
    assert isinstance(answer, models.Outcome) and answer.error_code is models.ErrorCode.NOERROR, answer
    answer = clients.call("getMeeting", status=404, id=ID, organizer_email=ORGANIZER)
    assert isinstance(answer, models.Outcome) and answer.error_code is models.ErrorCode.MEETINGNOTFOUND, answer
