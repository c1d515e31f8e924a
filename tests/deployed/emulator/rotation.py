"""Secrets rotate: Secrets Manager invokes the rotation function, four steps with one token.

ministack knows neither AWS::SecretsManager::RotationSchedule nor, in RotateSecret, the function: it copies the value.

As on AWS, the version that a rotation prepares is there from the start, labelled AWSPENDING and without a value; the
function must let secretsmanager.amazonaws.com invoke it; a step that fails ends the rotation (AWS would begin it again,
with the same token, which `RotateSecret` with that token does here).
"""

import contextvars
import json
import threading
import time

from ministack.services import lambda_svc
from ministack.services import secretsmanager as secrets
from ministack.services.cloudformation import provisioners

from tables import is_true

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PRINCIPAL = "secretsmanager.amazonaws.com"


def error(code: str, message: str):
    return secrets.error_response_json(code, message, 400)


def may_be_invoked(function: dict) -> bool:
    """Whether the function's own policy lets Secrets Manager in."""
    statements = function.get("policy", {}).get("Statement", [])
    return any(PRINCIPAL in json.dumps(statement.get("Principal")) for statement in statements)


def rotate_secret(data: dict):
    _, secret = secrets._resolve(data.get("SecretId"))
    if not secret:
        return error("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    arn = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    function, config, _ = lambda_svc._get_func_record_for_ref(arn or "")
    if not function:
        return error("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    if not may_be_invoked(function):
        return error("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that "
                     f"the function policy grants access to the principal {PRINCIPAL}.")
    rules = data.get("RotationRules") or secret.get("RotationRules")
    secret.update(RotationLambdaARN=arn, RotationRules=rules, RotationEnabled=True)
    token = data.get("ClientRequestToken") or secrets.new_uuid()
    at_once = data.get("RotateImmediately", True) is not False
    if at_once and token not in secret["Versions"]:
        version = {"SecretString": None, "SecretBinary": None, "CreatedDate": int(time.time()), "Stages": ["AWSPENDING"]}
        secret["Versions"][token] = version

    def run() -> None:
        # Without a rotation at once, AWS only asks the function to test.
        for step in STEPS if at_once else ("testSecret",):
            event = {"SecretId": secret["ARN"], "ClientRequestToken": token, "Step": step}
            record = lambda_svc._execution_record_for_config(function, config)
            result = lambda_svc._execute_function_with_config_scope(record, event)
            if result.get("error"):
                secrets.logger.error("rotation of %s failed at %s: %s", secret["Name"], step, result.get("body"))
                return
        if at_once:
            secret["LastRotatedDate"] = int(time.time())

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    return secrets.json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})


def schedule(props: dict):
    # A parameter is a text, and the API's days are a number.
    rules = dict(props.get("RotationRules") or {})
    if "AutomaticallyAfterDays" in rules:
        rules["AutomaticallyAfterDays"] = int(rules["AutomaticallyAfterDays"])
    answer = rotate_secret({
        "SecretId": props["SecretId"],
        "RotationLambdaARN": props.get("RotationLambdaARN"),
        "RotationRules": rules,
        "RotateImmediately": is_true(props.get("RotateImmediatelyOnUpdate", True)),
    })
    if answer[0] != 200:
        raise ValueError(json.loads(answer[2]).get("message") or str(answer[2]))
    arn = json.loads(answer[2])["ARN"]
    return arn, {"Id": arn}


def unschedule(physical_id: str, props: dict) -> None:
    _, secret = secrets._resolve(physical_id)
    if secret:
        secret["RotationEnabled"] = False


def apply() -> None:
    secrets._rotate_secret = rotate_secret
    provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::RotationSchedule"] = {
        "create": lambda logical_id, props, stack: schedule(props),
        "update": lambda physical_id, old, new, stack: schedule(new),
        "delete": unschedule,
    }
