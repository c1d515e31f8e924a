"""What an operator asks of a deployment."""

import api
import aws
from deployment import STACK, Deployment


def health(deployment: Deployment) -> str:
    """Anybody may ask whether the deployment is well."""
    answer = api.request(f"{deployment.url}/health", "GET", None, {}).expect(200)
    if answer.json["status"] != "ok":
        raise aws.Failure(f"not well: {answer.text}")
    return answer.json["version"]


def check_tenants(deployment: Deployment) -> str:
    """check-tenant finds nothing wrong with a good tenant, and names what is wrong with another."""
    checks = 0
    for tenant in deployment.simulator["tenants"]:
        report = aws.invoke(deployment.functions["CheckTenant"], {"tenant": tenant})
        if not report["ok"]:
            raise aws.Failure(f"check-tenant of {tenant}: {report}")
        checks += len(report["checks"])
    unknown = aws.invoke(deployment.functions["CheckTenant"], {"tenant": "nobody"})
    if unknown["ok"] or "no tenant" not in unknown["checks"][0]["problem"]:
        raise aws.Failure(f"check-tenant of nobody: {unknown}")
    return f"{checks} checks"


def check_microsoft(deployment: Deployment) -> str:
    """check-tenant names a client secret that Microsoft does not take, and finds the right one again."""
    secret = f"{deployment.outputs['SecretPrefix']}fabrikam/microsoft"
    secrets = aws.client("secretsmanager")
    right = secrets.get_secret_value(SecretId=secret)["SecretString"]
    secrets.put_secret_value(SecretId=secret, SecretString='{"client_secret": "wrong"}')
    aws.start_afresh(STACK)
    try:
        report = aws.invoke(deployment.functions["CheckTenant"], {"tenant": "fabrikam"})
    finally:
        secrets.put_secret_value(SecretId=secret, SecretString=right)
    wrong = [check for check in report["checks"] if not check["ok"]]
    if report["ok"] or [check["check"] for check in wrong] != ["microsoft sign-in"] or not wrong[0]["advice"]:
        raise aws.Failure(f"check-tenant with a wrong secret: {report}")
    if not aws.invoke(deployment.functions["CheckTenant"], {"tenant": "fabrikam"})["ok"]:
        raise aws.Failure("check-tenant does not find the right secret again")
    return wrong[0]["problem"]


def erase_is_careful(deployment: Deployment) -> None:
    """erase-tenant erases nothing of an enabled tenant, nor without its name said twice."""
    for event in ({"tenant": "contoso", "confirm": "contoso"}, {"tenant": "contoso", "confirm": "fabrikam"}):
        try:
            told = aws.invoke(deployment.functions["EraseTenant"], event)
        except aws.Failure as refused:
            if "Nothing was erased" not in str(refused):
                raise
        else:
            raise aws.Failure(f"erase-tenant did: {told}")
    deployment.api("contoso")


CASES = [health, check_tenants, check_microsoft, erase_is_careful]
