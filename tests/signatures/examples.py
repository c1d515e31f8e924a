"""The examples of docs/signed-requests.md: the one in bash is run, the one in Apex is held to what that one signs."""

import base64
import hashlib
import hmac
import re
import secrets
import subprocess
import time

import requests

from local_server import ROOT

GUIDE = ROOT / "docs/signed-requests.md"
EXPECTED = ['{"email":"organizer@contoso.com","errorCode":"NoError"}', '"id":"my-first-signed-meeting"', '"response":']


def block(label):
    """The guide's one fenced block with this info string."""
    (found,) = re.findall(rf"^```{re.escape(label)}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    return found


def run_bash(folder):
    """Runs the bash example, as it stands there, beside the ready file."""
    command = ["bash", "-e", "-o", "pipefail", "-c", block("bash")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    print(done.stdout, done.stderr, sep="\n")
    missing = [text for text in EXPECTED if text not in done.stdout]
    assert done.returncode == 0 and not missing, f"the bash example ended with {done.returncode}, without {missing}"


def signed_names(text):
    """What an example signs, in its order: the lines of the signature base, the list of components, the parameters."""
    lines = re.findall(r'"(@[a-z-]+|content-digest)\\?": ', text)
    (components,) = re.findall(r"components = ?'([^']*)'|components='([^']*)'", text)
    parameters = re.findall(r";([a-z]+)=", text)
    return lines, re.findall(r'"([^"]+)"', "".join(components)), parameters


def check_apex(client):
    """Signs a request by what the Apex example says, in its order, with nothing but Python's own library."""
    apex, bash = block("apex"), block("bash")
    lines, components, parameters = signed_names(apex)
    assert (lines, components, parameters) == signed_names(bash), (signed_names(apex), signed_names(bash))
    assert lines == [*components, "content-digest", "@signature-params"], lines
    for call in ["Crypto.generateMac('hmacSHA256'", "Crypto.generateDigest('SHA-256'", "String.join(lines, '\\n')"]:
        assert call in apex, f"the Apex example lacks {call}"

    body = b'[{"email": "organizer@contoso.com"}]'
    path, query = "/api/salesforce/scheduler/availability", "from=2030-03-04T00%3A00%3A00Z&to=2030-03-05T00%3A00%3A00Z"
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    names = {
        "@method": "POST",
        "@authority": client.api.partition("://")[2],
        "@path": path,
        "@query": "?" + query,
        "content-digest": digest,
    }
    values = {"created": int(time.time()), "nonce": f'"{secrets.token_hex(16)}"', "keyid": f'"{client.key_id}"'}
    covered = " ".join(f'"{name}"' for name in [*components, "content-digest"])
    names["@signature-params"] = f"({covered})" + "".join(f";{name}={values[name]}" for name in parameters)
    base = "\n".join(f'"{name}": {names[name]}' for name in lines)
    mac = base64.b64encode(hmac.new(client.key, base.encode(), hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "Content-Digest": digest,
        "Signature-Input": "sig=" + names["@signature-params"],
        "Signature": f"sig=:{mac}:",
    }
    answer = client.send(requests.Request("POST", f"{client.api}{path}?{query}", headers=headers, data=body).prepare())
    assert answer.status_code == 200, f"signed as the Apex example says: {answer.status_code} {answer.text}"
