"""Secrets of a stack are what they are on AWS.

- `Ref` of a secret is its ARN; ministack gives its name.
- A name that is taken cannot be created again; ministack overwrites the secret.
- A secret made without a value has none, and whoever asks for it is told so; ministack stores an empty text.
"""

import json

from ministack.services import secretsmanager as secrets
from ministack.services.cloudformation import provisioners


def get_secret_value(data, *more, before=secrets._get_secret_value):
    answer = before(data, *more)
    if answer[0] != 200:
        return answer
    body = json.loads(answer[2])
    if body.get("SecretString") or body.get("SecretBinary"):
        return answer
    message = "Secrets Manager can't find the specified secret value"
    return secrets.error_response_json("ResourceNotFoundException", message, 400)


def apply() -> None:
    secrets._get_secret_value = get_secret_value
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def create_new(logical_id, props, stack_name):
        if props.get("Name") in secrets._secrets:
            raise ValueError(f"The operation failed because the secret {props['Name']} already exists.")
        _, attributes = create(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update_by_arn(physical_id, old, new, stack_name, logical_id=None):
        name, _ = secrets._resolve(physical_id)
        done = update(name, old, new, stack_name, logical_id)
        made = secrets._secrets[done[0]]["ARN"] if done[0] in secrets._secrets else done[0]
        return made, *done[1:]

    def delete_by_arn(physical_id, props):
        name, secret = secrets._resolve(physical_id)
        if secret:
            delete(name, props)

    handlers.update(create=create_new, update=update_by_arn, delete=delete_by_arn)
