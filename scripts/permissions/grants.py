"""What a role allows, statement by statement, as pairs of an action and a resource."""

import dataclasses
import json

STATEMENT = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclasses.dataclass(frozen=True)
class Grant:
    """One action on one resource. A resource of the template goes by its logical id, any other by what is written."""

    action: str
    resource: str
    own: bool
    condition: str


def as_list(value):
    return value if isinstance(value, list) else [value]


def target(value, attribute):
    """The logical id in `Ref` (attribute None) or `Fn::GetAtt`, else None."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if attribute is None:
        return value.get("Ref")
    found = value.get("Fn::GetAtt")
    found = found.split(".") if isinstance(found, str) else found
    return found[0] if found and found[1:] == [attribute] else None


def written(value):
    """A value as text: `Fn::Sub` as its pattern, all else as JSON."""
    if isinstance(value, str):
        return value
    sub = value.get("Fn::Sub") if isinstance(value, dict) and len(value) == 1 else None
    return sub if isinstance(sub, str) else json.dumps(value, sort_keys=True)


def documents(role, resources, problem):
    """The policy documents of a role: its own, and those of the managed policies of the template that it names."""
    properties = role["Properties"]
    for policy in properties.get("Policies", []):
        yield policy["PolicyDocument"]
    for reference in properties.get("ManagedPolicyArns", []):
        policy = resources.get(target(reference, None) or "", {})
        if policy.get("Type") == "AWS::IAM::ManagedPolicy":
            yield policy["Properties"]["PolicyDocument"]
        else:
            problem(f"has the policy {written(reference)}, which is not in the template: nobody knows what it allows")


def grants(role, resources, problem):
    """Everything that a role allows. What cannot be understood is a problem."""
    for document in documents(role, resources, problem):
        for statement in as_list(document["Statement"]):
            unknown = sorted(set(statement) - STATEMENT)
            if unknown or statement.get("Effect") != "Allow" or not {"Action", "Resource"} <= set(statement):
                problem(f"has a statement that is not a plain Allow of actions on resources: {json.dumps(statement)}")
                continue
            condition = json.dumps(statement.get("Condition"), sort_keys=True)
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    own = target(resource, "Arn")
                    name = own if own in resources else written(resource)
                    yield Grant(action, name, own in resources, condition)
