"""Every route of the deployment was called by some case, and a family can be left out."""

import yaml

import aws
from deployment import Deployment


def families() -> list[dict]:
    """What functions/*/functions.yaml list."""
    return [yaml.safe_load(file.read_text()) for file in sorted((aws.ROOT / "functions").glob("*/functions.yaml"))]


def functions_of(family: dict) -> dict[str, list[str]]:
    """The routes of each function by its name, the fallback with them."""
    functions = {function["name"]: function.get("routes", []) for function in family["functions"]}
    if "prefix" in family:
        functions[f"{family['name']}-fallback"] = [f"ANY {family['prefix']}/{{proxy+}}"]
    return functions


def routes(families: list[dict]) -> dict[str, str]:
    """The function of each route."""
    functions = [function for family in families for function in functions_of(family).items()]
    return {route: name for name, routes in functions for route in routes}


def deployed_routes(stack: str) -> set[str]:
    """The routes of a stack's API."""
    pages = aws.client("apigatewayv2").get_paginator("get_routes").paginate(ApiId=aws.outputs(stack)["ApiId"])
    return {route["RouteKey"] for page in pages for route in page["Items"]}


def leave_out_a_family(deployment: Deployment) -> str:
    """A deployment without a family has the routes and functions of the others, and no more."""
    everything = families()
    told = []
    for left_out in (family for family in everything if "parameter" in family):
        stack = f"without-{left_out['name']}"
        parameters = {"DeletionProtection": "false", "SecretPrefix": f"{stack}/", left_out["parameter"]: "false"}
        aws.sam_deploy(stack, deployment.folder / "template.yaml", parameters)
        others = [family for family in everything if family is not left_out]
        found, expected = deployed_routes(stack), set(routes(others))
        if found != expected:
            raise aws.Failure(f"{stack} has other routes than it should: {sorted(found ^ expected)}")
        count = sum(len(functions_of(family)) for family in others)
        if len(aws.functions(stack)) != count:
            raise aws.Failure(f"{stack} has {len(aws.functions(stack))} functions, not {count}")
        aws.client("cloudformation").delete_stack(StackName=stack)
        if (status := aws.settled(stack)) is not None:
            raise aws.Failure(f"the stack {stack} is {status}")
        told.append(f"{len(found)} routes without {left_out['name']}")
    return ", ".join(told)


def was_called(group: str, function: str) -> bool:
    """Whether the logs have a request that the function answered."""
    # The emulator finds terms only, no fields.
    pages = aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=f'"{function}"')
    return any(f'"endpoint":"{function}"' in event["message"] for page in pages for event in page["events"])


def every_route_was_called(deployment: Deployment) -> str:
    """The functions' logs have a request for each route."""
    group = deployment.outputs["FunctionLogGroupName"]
    listed = routes(families())
    left_out = [route for route, name in listed.items() if not was_called(group, name)]
    if left_out:
        raise aws.Failure(f"no case called these routes: {', '.join(left_out)}")
    return f"{len(listed)} routes"


CASES = [leave_out_a_family, every_route_was_called]
