"""The deployment under test, and its tenants."""

import dataclasses
import json
import pathlib
from typing import Any

import aws
from api import Api

STACK = "convene"
SPARE = "one-more"  # the name of stacks that come and go
TEMPLATE = aws.ROOT / "tenants" / "tenant.yaml"


@dataclasses.dataclass
class Deployment:
    """A deployed stack, and the simulator its tenants reach."""

    folder: pathlib.Path
    simulator: dict[str, Any]
    outputs: dict[str, str] = dataclasses.field(default_factory=dict)
    functions: dict[str, str] = dataclasses.field(default_factory=dict)

    def deploy(self) -> None:
        """template.yaml, unchanged. Protection would only keep the tables of a throw-away stack; logins are tried."""
        parameters = {"DeletionProtection": "false", "PasswordGrant": "true"}
        aws.sam_deploy(STACK, self.folder / "template.yaml", parameters)
        self.outputs = aws.outputs(STACK)
        self.functions = aws.functions(STACK)

    @property
    def url(self) -> str:
        """The API by its path. The emulator's URL by host needs names below localhost to resolve, and shares /oauth2 with
        its user pools."""
        return f"{aws.client('lambda').meta.endpoint_url}/_aws/execute-api/{self.outputs['ApiId']}"

    def parameters(self, tenant: str) -> dict[str, str]:
        """A tenant's stack, by parameters: at home in the simulator, with the people that are there."""
        known = self.simulator["tenants"][tenant]
        members = [{"Email": member["email"], "TimeZone": "Europe/London"} for member in known["members"]]
        return {
            "Deployment": STACK,
            "TenantName": tenant,
            "DisplayName": tenant.capitalize(),
            "Domains": f"{tenant}.com",
            "DirectoryId": known["microsoft"]["directory_id"],
            "MicrosoftClientId": known["microsoft"]["client_id"],
            "MicrosoftClientSecret": known["microsoft"]["client_secret"],
            "LoginEndpoint": self.simulator["graph"],
            "GraphEndpoint": self.simulator["graph"],
            "Members": json.dumps(members),
        }

    def create(self, tenant: str, stack: str) -> str | None:
        """A tenant's stack, made without sam; its status in the end."""
        parameters = listed(self.parameters(tenant))
        request = {"StackName": stack, "TemplateBody": TEMPLATE.read_text(), "Parameters": parameters}
        aws.client("cloudformation").create_stack(**request)
        return aws.settled(stack)

    def update(self, tenant: str, changes: dict[str, str]) -> str | None:
        """Changes parameters of a tenant's stack; its status in the end."""
        unchanged = [name for name in self.parameters(tenant) if name not in changes]
        kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in unchanged]
        request = {"StackName": stack_of(tenant), "UsePreviousTemplate": True, "Parameters": kept + listed(changes)}
        aws.client("cloudformation").update_stack(**request)
        return aws.settled(stack_of(tenant))

    def credentials(self, tenant: str) -> dict[str, Any]:
        """What the integrator of a tenant is handed out: the secret that the stack's outputs name."""
        secret = aws.outputs(stack_of(tenant))["CredentialsSecretArn"]
        return json.loads(aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])

    def api(self, tenant: str, client: int = 0) -> Api:
        """A tenant's API client, signed in."""
        given = self.credentials(tenant)["clients"][client]
        return Api.sign_in(self.url, given["client_id"], given["client_secret"])

    def write_ready_file(self, path: pathlib.Path) -> None:
        """What `cargo local --ready-file` would write, of this deployment."""
        endpoint = aws.client("dynamodb").meta.endpoint_url
        tenants = {}
        for tenant, known in self.simulator["tenants"].items():
            credentials = self.credentials(tenant)
            # Of what the simulator came with, only what Microsoft knows: this tenant's callers have other credentials. Members' ids
            # are the same, since they follow from the tenant's name and the address.
            tenants[tenant] = {
                **{name: credentials["clients"][0][name] for name in ("client_id", "client_secret", "refresh_token")},
                "nylas_api_key": credentials["api_keys"][0]["key"],
                "nylas_client_id": aws.outputs(stack_of(tenant))["NylasClientId"],
                "hmac": credentials["hmac"],
                "microsoft": known["microsoft"],
                "members": known["members"],
            }
        ready = {
            "api": self.url,
            "graph": self.simulator["graph"],
            "calendars": self.simulator["calendars"],
            "dynamodb": endpoint,
            "secretsmanager": endpoint,
            "environment": {
                "AWS_REGION": aws.REGION,
                "AWS_ACCESS_KEY_ID": "test",
                "MEETINGS_TABLE": self.outputs["MeetingsTableName"],
                "BOOKINGS_TABLE": self.outputs["BookingsTableName"],
                "GRANTS_TABLE": self.outputs["GrantsTableName"],
            },
            "tenants": tenants,
        }
        path.write_text(json.dumps(ready, indent=2))


def stack_of(tenant: str) -> str:
    """The name of a tenant's stack."""
    return f"{STACK}-{tenant}"


def listed(parameters: dict[str, str]) -> list[dict[str, str]]:
    """Parameters as CloudFormation takes them."""
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
