"""A caller whose requests are signed by the library http-message-signatures."""

import base64
import datetime
import json
import secrets

import requests
from http_message_signatures import HTTPMessageSigner, algorithms
from http_message_signatures.resolvers import MappingKeyResolver

MEETING = "/api/salesforce/scheduler/meeting"
AVAILABILITY = "/api/salesforce/scheduler/availability?from=2030-03-04T00%3A00%3A00Z&to=2030-03-05T00%3A00%3A00Z"
COVERED = ("@method", "@authority", "@path", "@query")


def now(seconds=0):
    """The time, or another one."""
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)


class Client:
    """One tenant's caller, by the tenant's part of the ready file."""

    def __init__(self, ready, tenant):
        credentials = ready["tenants"][tenant]["hmac"]
        self.api = ready["api"]
        self.simulator = ready["graph"] + "/simulator"
        self.key_id = credentials["key_id"]
        self.key = base64.b64decode(credentials["key"])
        self.http = requests.Session()
        self.http.trust_env = False

    def request(self, method, target, body=None):
        """A request that is not signed yet. Its body is JSON."""
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        return requests.Request(method, self.api + target, headers=headers, data=content).prepare()

    def sign(self, request, *, key_id=None, key=None, algorithm=algorithms.HMAC_SHA256, covered=COVERED, **options):
        """Signs a request with everything that has to be covered, unless told otherwise."""
        key_id, key = key_id or self.key_id, key or self.key
        resolver = MappingKeyResolver(public_keys={key_id: key}, private_keys={key_id: key})
        options.setdefault("created", now())
        options.setdefault("nonce", secrets.token_hex(16))
        options.setdefault("body", request.body)
        signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver)
        signer.sign(request, key_id=key_id, covered_component_ids=covered, label="sig", **options)
        return request

    def send(self, request):
        """Sends a request as it is."""
        return self.http.send(request, timeout=60)

    def endpoints(self, meeting):
        """A request to each endpoint, in an order in which all of them succeed. None is signed yet."""
        key = {"id": meeting, "organizerEmail": "organizer@contoso.com"}
        details = {
            "subject": "Signed elsewhere",
            "body": "Grüße",
            "location": "Room 1",
            "startTime": "2030-03-04T10:00:00Z",
            "endTime": "2030-03-04T10:30:00Z",
            "attendees": [{"email": "attendee1@contoso.com", "isRequired": "true"}],
        }
        query = f"?id={meeting}&organizerEmail=organizer%40contoso.com"
        return {
            "schedule": self.request("POST", MEETING, {**key, **details}),
            "update": self.request("PATCH", MEETING, {**key, "subject": "Changed"}),
            "get": self.request("GET", MEETING + query),
            "availability": self.request("POST", AVAILABILITY, [{"email": "organizer@contoso.com"}]),
            "delete": self.request("DELETE", MEETING, key),
            "delete by query": self.request("DELETE", MEETING + query),
        }

    def asked_of_microsoft(self):
        """How many requests the simulated Microsoft 365 has got since it was last asked."""
        count = len(self.http.get(self.simulator + "/requests", timeout=60).json())
        self.http.delete(self.simulator + "/requests", timeout=60).raise_for_status()
        return count
