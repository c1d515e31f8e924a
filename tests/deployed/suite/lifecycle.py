"""The life of a tenant: changed, mistaken, deleted, made again, erased."""

import json

import api
import aws
from deployment import SPARE, STACK, Deployment, stack_of

TENANT = "fabrikam"
ORGANIZER = "organizer@fabrikam.com"
KEPT = "kept"  # the id of the meeting that outlives its tenant's stack
DAY = "2027-03-08"
DAY_LENGTH = 86_400_000  # milliseconds


def expect_status(stack: str, found: str | None, wanted: str | None) -> None:
    """Fails unless a stack ended as it should have."""
    if found != wanted:
        raise aws.Failure(f"the stack {stack} is {found}, not {wanted}:\n{aws.failures(stack)}")


def change_a_setting(deployment: Deployment) -> None:
    """An update changes what a tenant's requests are answered."""
    mailbox = "attendee1@fabrikam.com"
    entry = {"mailbox": mailbox, "start": f"{DAY}T10:00:00Z", "end": f"{DAY}T11:00:00Z", "showAs": "tentative"}
    url = f"{deployment.simulator['graph']}/simulator/events"
    api.request(url, "POST", json.dumps(entry), {"Content-Type": "application/json"}).expect(201)
    if len(deployment.api(TENANT).busy(mailbox, DAY)) != 1:
        raise aws.Failure("a tentative entry does not count")
    expect_status(stack_of(TENANT), deployment.update(TENANT, {"TentativeIsBusy": "false"}), "UPDATE_COMPLETE")
    aws.start_afresh(STACK)
    if deployment.api(TENANT).busy(mailbox, DAY):
        raise aws.Failure("a tentative entry still counts")


def change_badly(deployment: Deployment) -> str:
    """An update with a mistake fails, names it, and leaves the tenant as it was."""
    before = deployment.credentials(TENANT)
    members = json.loads(deployment.parameters(TENANT)["Members"])
    members[2]["TimeZone"] = "Europe/Atlantis"
    found = deployment.update(TENANT, {"Members": json.dumps(members), "TentativeIsBusy": "true"})
    expect_status(stack_of(TENANT), found, "UPDATE_ROLLBACK_COMPLETE")
    reason = aws.failures(stack_of(TENANT)).splitlines()[0]
    if "Members[2].TimeZone" not in reason:
        raise aws.Failure(f"the reason does not name the mistake: {reason}")
    aws.start_afresh(STACK)
    if deployment.credentials(TENANT) != before:
        raise aws.Failure("the credentials changed")
    if deployment.api(TENANT).busy("attendee1@fabrikam.com", DAY):
        raise aws.Failure("half of the failed update is in force")
    return reason


def add_a_client(deployment: Deployment) -> None:
    """An update adds a client with fewer scopes, and another takes it away."""
    first = deployment.credentials(TENANT)["clients"][0]
    clients = json.dumps([{"Name": "crm"}, {"Name": "desk", "Scopes": ["calendar.read"]}])
    expect_status(stack_of(TENANT), deployment.update(TENANT, {"Clients": clients}), "UPDATE_COMPLETE")
    aws.start_afresh(STACK)
    given = deployment.credentials(TENANT)["clients"]
    if [client["client_id"] for client in given] != ["fabrikam.crm", "fabrikam.desk"] or given[0] != first:
        raise aws.Failure("the clients are not as they should be")
    desk = deployment.api(TENANT, client=1)
    desk.get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
    desk.schedule("by-desk", ORGANIZER).expect(403, "ErrorAccessDenied")
    expect_status(stack_of(TENANT), deployment.update(TENANT, {"Clients": ""}), "UPDATE_COMPLETE")
    aws.start_afresh(STACK)
    desk.get("nothing-of-the-kind", ORGANIZER).expect(401, "Unauthorized")
    api.token(deployment.url, grant_type="client_credentials", client_id=given[1]["client_id"],
              client_secret=given[1]["client_secret"]).expect(401)
    deployment.api(TENANT).get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")


def allow_logins(deployment: Deployment) -> None:
    """An update lets an administrator log in, and another ends that."""
    changes = {"LegacyPasswordAuth": "true", "Administrators": json.dumps([{"Name": "admin"}])}
    expect_status(stack_of(TENANT), deployment.update(TENANT, changes), "UPDATE_COMPLETE")
    aws.start_afresh(STACK)
    person = deployment.credentials(TENANT)["administrators"][0]
    login = {"grant_type": "password", "username": person["login"]}
    api.token(deployment.url, **login, password="wrong").expect(400)
    token = api.token(deployment.url, **login, password=person["password"]).expect(200).json["access_token"]
    api.Api(deployment.url, token).get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
    changes = {"LegacyPasswordAuth": "false", "Administrators": ""}
    expect_status(stack_of(TENANT), deployment.update(TENANT, changes), "UPDATE_COMPLETE")
    aws.start_afresh(STACK)
    api.token(deployment.url, **login, password=person["password"]).expect(400)
    api.Api(deployment.url, token).get("nothing-of-the-kind", ORGANIZER).expect(401, "Unauthorized")


def create_twice(deployment: Deployment) -> str:
    """A second stack for a tenant fails, says why, and leaves the first one's tenant alone."""
    expect_status(SPARE, deployment.create(TENANT, SPARE), "ROLLBACK_COMPLETE")
    reason = aws.failures(SPARE).splitlines()[-1]
    if "already exists" not in reason:
        raise aws.Failure(f"the reason does not tell that there is one: {reason}")
    aws.client("cloudformation").delete_stack(StackName=SPARE)
    expect_status(SPARE, aws.settled(SPARE), None)
    aws.start_afresh(STACK)
    deployment.api(TENANT).get("nothing-of-the-kind", ORGANIZER).expect(404, "MeetingNotFound")
    return reason


def delete(deployment: Deployment) -> None:
    """Deleting a tenant's stack ends all its credentials, and nobody else's."""
    caller = deployment.api(TENANT)
    caller.schedule(KEPT, ORGANIZER).expect(200, "NoError")
    given = deployment.credentials(TENANT)["clients"][0]
    aws.client("cloudformation").delete_stack(StackName=stack_of(TENANT))
    expect_status(stack_of(TENANT), aws.settled(stack_of(TENANT)), None)
    aws.start_afresh(STACK)
    caller.get(KEPT, ORGANIZER).expect(401, "Unauthorized")
    caller.schedule("too-late", ORGANIZER).expect(401, "Unauthorized")
    client = {name: given[name] for name in ("client_id", "client_secret")}
    api.token(deployment.url, grant_type="client_credentials", **client).expect(401)
    api.token(deployment.url, grant_type="refresh_token", refresh_token=given["refresh_token"], **client).expect(401)
    deployment.api("contoso").get("nothing-of-the-kind", "organizer@contoso.com").expect(404, "MeetingNotFound")


def create_again(deployment: Deployment) -> None:
    """A tenant that is made again has what it had booked."""
    expect_status(stack_of(TENANT), deployment.create(TENANT, stack_of(TENANT)), "CREATE_COMPLETE")
    aws.start_afresh(STACK)
    caller = deployment.api(TENANT)
    if caller.get(KEPT, ORGANIZER).expect(200).json["subject"] != "Review":
        raise aws.Failure("it is another meeting")
    # It is the same meeting, so this is a repetition and not a conflict.
    caller.schedule(KEPT, ORGANIZER).expect(200, "NoError")


def erase(deployment: Deployment) -> str:
    """A tenant that was deleted is erased: nothing of it is left in the tables, and everything of others."""
    aws.client("cloudformation").delete_stack(StackName=stack_of(TENANT))
    expect_status(stack_of(TENANT), aws.settled(stack_of(TENANT)), None)
    # erase-tenant waits until no function can still be serving the tenant. It was disabled a day ago, for all it knows.
    key = {"pk": {"S": f"{TENANT}#config"}}
    names = ("TenantsTableName", "MeetingsTableName", "BookingsTableName", "GrantsTableName")
    tables = [deployment.outputs[name] for name in names]
    dynamodb = aws.client("dynamodb")
    dynamodb.update_item(TableName=tables[0], Key=key, UpdateExpression="SET disabled_at = disabled_at - :day",
                         ExpressionAttributeValues={":day": {"N": str(DAY_LENGTH)}})
    # No function books yet: the items are as the store writes them, with a partition and a sort key.
    for kind in ("booking", "ledger", "turn", "replay"):
        for tenant in (TENANT, "contoso"):
            item = {"pk": {"S": f"{tenant}#{kind}#a"}, "sk": {"S": "erased"}, "v": {"N": "1"}}
            dynamodb.put_item(TableName=deployment.outputs["BookingsTableName"], Item=item)
    told = aws.invoke(deployment.functions["EraseTenant"], {"tenant": TENANT, "confirm": TENANT})
    if not told["finished"] or told["erased"] < 6:
        raise aws.Failure(f"erase-tenant answered {told}")
    keys = [item["pk"]["S"] for table in tables for item in dynamodb.scan(TableName=table)["Items"]]
    if any(key.startswith(f"{TENANT}#") for key in keys):
        raise aws.Failure(f"something is left: {keys}")
    if not any(key.startswith("contoso#") for key in keys) or "contoso#booking#a" not in keys:
        raise aws.Failure(f"another tenant was erased: {keys}")
    deployment.api("contoso").get("nothing-of-the-kind", "organizer@contoso.com").expect(404, "MeetingNotFound")
    return f"{told['erased']} items"


CASES = [change_a_setting, change_badly, add_a_client, allow_logins, create_twice, delete, create_again, erase]
