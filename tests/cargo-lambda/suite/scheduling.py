"""The Nylas family: the requests of its events, in the order of a configuration's life."""

import json

from events import sample

STEPS = [
    ("create-configuration", 200),
    ("list-configurations", 200),
    ("get-configuration", 200),
    ("replace-configuration", 200),
    ("create-session", 200),
    ("get-session", 200),
    ("list-slots", 200),
    ("get-ui-settings", 200),
    ("create-booking", 200),
    ("get-booking", 200),
    ("reschedule-booking", 200),
    # The salt of the example is not that of the booking's organizer.
    ("decide-booking", 404),
    ("cancel-booking", 200),
    ("delete-session", 200),
    ("delete-configuration", 200),
]


def run(tenant, ask):
    """`ask` gets a function's name and its event, and returns status and JSON. Ids that are random replace those of the examples."""
    known = {"API_KEY": tenant["nylas_api_key"]}
    examples = {
        "session_id": sample("get-session")["pathParameters"]["session_id"],
        "booking_id": sample("get-booking")["pathParameters"]["booking_id"],
    }
    for name, expected in STEPS:
        text = json.dumps(sample(name))
        for example, actual in known.items():
            text = text.replace(example, actual)
        status, answer = ask(name, json.loads(text))
        assert status == expected, f"{name}: {status}, {answer}"
        data = answer.get("data")
        known |= {example: data[field] for field, example in examples.items() if isinstance(data, dict) and field in data}
