"""Tables get their time to live, and a protection that was given as text is understood.

AWS applies TimeToLiveSpecification; ministack drops it. A parameter's "false" means false on AWS; ministack takes any
text for true.
"""

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def is_true(value) -> bool:
    """A boolean of a template, which may have come as text."""
    return str(value).lower() == "true"


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create = handlers["create"]

    def create_whole(logical_id, props, stack_name):
        protected = is_true(props.get("DeletionProtectionEnabled", False))
        made = create(logical_id, {**props, "DeletionProtectionEnabled": protected}, stack_name)
        ttl = props.get("TimeToLiveSpecification")
        if ttl:
            specification = {"Enabled": is_true(ttl.get("Enabled")), "AttributeName": ttl["AttributeName"]}
            dynamodb._update_ttl({"TableName": made[0], "TimeToLiveSpecification": specification})
        return made

    handlers["create"] = create_whole
