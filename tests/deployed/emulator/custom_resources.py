"""Custom resources are held to CloudFormation's rules.

- A resource whose creation failed is deleted by the rollback, by the physical id that its failure named; ministack
  forgets it.
- An answer of more than 4096 bytes is a failure; ministack takes it.
"""

import json

from ministack.services.cloudformation import custom_resource
from ministack.services.secretsmanager import logger, new_uuid

LONGEST = 4096

# The physical id of the last answer for a resource of a stack.
answered: dict[tuple, str] = {}


def deliver_response(token, response, before=custom_resource.deliver_response):
    answered[(response.get("StackId"), response.get("LogicalResourceId"))] = response.get("PhysicalResourceId")
    if len(json.dumps(response)) > LONGEST:
        physical_id = response.get("PhysicalResourceId")
        response = {"Status": "FAILED", "Reason": "Response object is too long.", "PhysicalResourceId": physical_id}
    return before(token, response)


def invoke(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None,
           before=custom_resource.invoke_custom_resource):
    try:
        return before(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id, old_props)
    except (RuntimeError, TimeoutError):
        if request_type == "Create":
            made = answered.get((stack_id, logical_id)) or f"{stack_name}-{logical_id}-{new_uuid()[:8]}"
            try:
                before("Delete", logical_id, props, stack_name, stack_id, resource_type, made)
            except (RuntimeError, TimeoutError) as problem:
                logger.error("%s was not deleted after its creation failed: %s", logical_id, problem)
        raise


def apply() -> None:
    custom_resource.deliver_response = deliver_response
    custom_resource.invoke_custom_resource = invoke
