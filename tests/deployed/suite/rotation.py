"""A rotation of a tenant's credentials, while it is being used."""

import threading
import time

import api
import aws
from deployment import Deployment

TENANT = "contoso"
ORGANIZER = "organizer@contoso.com"
LIMIT = 120  # seconds; a rotation takes some fifteen


class Traffic:
    """A client that never pauses: new tokens by its old secret, and requests with tokens old and new."""

    def __init__(self, url: str, client_id: str, client_secret: str):
        self.url, self.client_id, self.client_secret = url, client_id, client_secret
        self.first = api.Api.sign_in(url, client_id, client_secret)
        self.answered = 0
        self.problems: list[str] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(3)]

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                fresh = api.Api.sign_in(self.url, self.client_id, self.client_secret)
                for caller in (self.first, fresh):
                    caller.get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
                self.answered += 3
            except Exception as problem:
                self.problems.append(repr(problem))

    def __enter__(self) -> "Traffic":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()


def rotate(deployment: Deployment) -> None:
    """Rotates the credentials, and waits until the new ones are handed out."""
    secrets = aws.client("secretsmanager")
    secret = aws.outputs(f"convene-{TENANT}")["CredentialsSecretArn"]
    version = secrets.rotate_secret(SecretId=secret)["VersionId"]
    limit = time.monotonic() + LIMIT
    # The last step of the function comes after this label; what it does is looked at below.
    while "AWSCURRENT" not in secrets.describe_secret(SecretId=secret)["VersionIdsToStages"].get(version, []):
        if time.monotonic() > limit:
            raise aws.Failure("the rotation does not end")
        time.sleep(0.2)


def rotation(deployment: Deployment) -> str:
    """A rotation changes a tenant's credentials, and no request fails meanwhile."""
    old = deployment.credentials(TENANT)["clients"][0]
    with Traffic(deployment.url, old["client_id"], old["client_secret"]) as traffic:
        rotate(deployment)
        new = deployment.credentials(TENANT)["clients"][0]
        if new["client_id"] != old["client_id"] or new["client_secret"] == old["client_secret"]:
            raise aws.Failure("the rotation did not change the client's secret")
        # At once, in functions that have cached what they verified with before.
        for _ in range(5):
            caller = api.Api.sign_in(deployment.url, new["client_id"], new["client_secret"])
            caller.get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
    if traffic.problems:
        raise aws.Failure(f"{len(traffic.problems)} requests failed during the rotation: {traffic.problems[:5]}")
    # The old secret and an old token are good for a while; also in functions that never saw them.
    aws.start_afresh("convene")
    api.Api.sign_in(deployment.url, old["client_id"], old["client_secret"])
    traffic.first.get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
    return f"{traffic.answered} requests meanwhile"


def rotation_again(deployment: Deployment) -> str:
    """After a second rotation the refresh token that was handed out is good, and becomes another."""
    rotate(deployment)
    given = deployment.credentials(TENANT)["clients"][0]
    client = {name: given[name] for name in ("client_id", "client_secret")}
    answer = api.token(deployment.url, grant_type="refresh_token", refresh_token=given["refresh_token"], **client)
    if answer.expect(200).json["refresh_token"] == given["refresh_token"]:
        raise aws.Failure("the refresh token stays the same")
    return "contoso"


CASES = [rotation, rotation_again]
