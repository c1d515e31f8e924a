"""Signed requests as a client that is not ours makes them. Run by tests/signatures/run."""

import examples
import local_server
from client import Client
from tampering import TAMPERINGS

TENANT = "contoso"


def assert_refused(answer, what):
    """Asserts a refusal in its documented shape."""
    assert answer.status_code == 401, f"{what}: {answer.status_code} {answer.text}"
    body = answer.json()
    assert (body["email"], body["errorCode"]) == ("", "Unauthorized"), f"{what}: {body}"


def serve_each_once(client):
    """Every endpoint serves a signed request, and none the same one again."""
    requests = {name: client.sign(request) for name, request in client.endpoints("signed-elsewhere").items()}
    for name, request in requests.items():
        answer = client.send(request)
        assert answer.status_code == 200, f"{name}: {answer.status_code} {answer.text}"
        assert_refused(client.send(request), f"{name}, sent again")
    assert client.asked_of_microsoft() > 0
    for name, request in requests.items():
        assert_refused(client.send(request), f"{name}, sent a third time")
    assert client.asked_of_microsoft() == 0
    return len(requests)


def refuse_each_tampering(client):
    """No endpoint serves a request that was changed, and Microsoft hears of none."""
    client.asked_of_microsoft()
    count = 0
    for tampering, tamper in TAMPERINGS.items():
        tried = 0
        for name, request in client.endpoints("tampered").items():
            tampered = tamper(client, request)
            if tampered is not None:
                assert_refused(client.send(tampered), f"{name}: {tampering}")
                tried += 1
        assert tried, f"{tampering} applies to nothing"
        count += tried
    assert client.asked_of_microsoft() == 0
    return count


def main():
    # A host that the gateway lets in and the signature does not.
    options = ["--single-tenant", TENANT, "--allow-host", "api.example.com"]
    with local_server.running(*options) as (ready, folder):
        client = Client(ready, TENANT)
        print(f"{serve_each_once(client)} signed requests were served once and refused the second time.")
        print(f"{refuse_each_tampering(client)} requests that were tampered with were refused.")
        examples.run_bash(folder)
        examples.check_apex(client)
        print("The examples of docs/signed-requests.md work as written.")


if __name__ == "__main__":
    main()
