"""Every way to change a signed request, or to sign what may not be signed. Each is given a client and a request that is not
signed yet, and makes of it one that has to be refused; `None`: it does not apply to that request."""

import secrets
from types import FunctionType

from http_message_signatures import algorithms

from client import AVAILABILITY, COVERED, MEETING, now


class OtherAlgorithm(algorithms.HMAC_SHA256):
    """The right bytes under another algorithm's name."""

    algorithm_id = "hmac-sha512"


def _header(name, old, new):
    """Changes a part of a header once the request is signed."""

    def tamper(client, request):
        client.sign(request)
        assert old(client) in request.headers[name], request.headers[name]
        request.headers[name] = request.headers[name].replace(old(client), new, 1)
        return request

    return tamper


def _input(old, new):
    return _header("Signature-Input", old if callable(old) else lambda _: old, new)


def _signed(**options):
    """Signs in another way. A function is asked for its value then, not now."""

    def tamper(client, request):
        values = {name: value() if isinstance(value, FunctionType) else value for name, value in options.items()}
        return client.sign(request, **values)

    return tamper


def _method(client, request):
    client.sign(request)
    request.method = "PATCH" if request.method != "PATCH" else "POST"
    return request if MEETING in request.url else None


def _path(client, request):
    client.sign(request)
    if request.method != "POST":
        return None
    other = AVAILABILITY.partition("?")[0] if MEETING in request.url else MEETING
    request.url = client.api + other + "".join(request.url.partition("?")[1:])
    return request


def _query(client, request):
    client.sign(request)
    request.url += "&x=1" if "?" in request.url else "?x=1"
    return request


def _spelling(client, request):
    client.sign(request)
    if "%40" not in request.url:
        return None
    request.url = request.url.replace("%40", "@")
    return request


def _host(client, request):
    client.sign(request)
    request.headers["Host"] = "api.example.com"
    return request


def _body(client, request):
    client.sign(request)
    request.body = (request.body or b"") + b" "
    request.prepare_content_length(request.body)
    return request


def _body_and_digest(client, request):
    if request.body is None:
        return None
    client.sign(request)
    other = client.sign(client.request("POST", MEETING, {"id": "other"}))
    request.body, request.headers["Content-Digest"] = other.body, other.headers["Content-Digest"]
    request.prepare_content_length(request.body)
    return request


def _digest_not_covered(client, request):
    return client.sign(request, body=None) if request.body is not None else None


def _two_signatures(client, request):
    client.sign(request)
    request.headers["Signature"] += ", " + request.headers["Signature"].replace("sig=", "two=")
    request.headers["Signature-Input"] += ", " + request.headers["Signature-Input"].replace("sig=", "two=")
    return request


def _no_input(client, request):
    client.sign(request)
    del request.headers["Signature-Input"]
    return request


TAMPERINGS = {
    "another method": _method,
    "another path": _path,
    "something more in the query": _query,
    "another spelling of the query": _spelling,
    "another host": _host,
    "another body": _body,
    "another body with its digest": _body_and_digest,
    "a body whose digest is not covered": _digest_not_covered,
    "another digest": lambda client, request: None
    if request.body is None
    else _header("Content-Digest", lambda _: "sha-256=:", "sha-256=:AAAA")(client, request),
    "signed ten minutes ago": _signed(created=lambda: now(-600)),
    "signed in ten minutes": _signed(created=lambda: now(600)),
    "expired": _signed(expires=lambda: now(-1), created=lambda: now(-10)),
    "another time": _input("created=1", "created=2"),
    "a nonce too long": _signed(nonce=lambda: secrets.token_hex(65)),
    "no nonce": _signed(nonce=lambda: None),
    "another nonce": _input('nonce="', 'nonce="0'),
    "an unknown key id": _signed(key_id="contoso.other"),
    "another key id": _input(lambda client: client.key_id, "contoso.other"),
    "another key": _signed(key=secrets.token_bytes(32)),
    "another algorithm": _signed(algorithm=OtherAlgorithm),
    "another algorithm's name": _input('alg="hmac-sha256"', 'alg="ed25519"'),
    "no algorithm's name any more": _input(';alg="hmac-sha256"', ""),
    "no signature": _header("Signature", lambda _: "sig=:", ":"),
    "another signature": _header("Signature", lambda _: "sig=:", "sig=:AAAA"),
    "no input": _no_input,
    "two signatures": _two_signatures,
    **{f"{name} not covered": _signed(covered=[other for other in COVERED if other != name]) for name in COVERED},
}
