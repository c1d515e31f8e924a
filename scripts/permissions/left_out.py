"""A deployment without a family: what CloudFormation makes of template.yaml where the family's parameter is "false"."""

import json

from samtranslator.yaml_helper import yaml_parse

from transformed import ROOT

NO_VALUE = {"Ref": "AWS::NoValue"}


def families():
    """What functions/*/functions.yaml list."""
    return [yaml_parse(file.read_text()) for file in sorted((ROOT / "functions").glob("*/functions.yaml"))]


def functions_of(family):
    """The routes of each function by its name, the fallback with them."""
    functions = {function["name"]: function.get("routes", []) for function in family["functions"]}
    if "prefix" in family:
        functions[f"{family['name']}-fallback"] = [f"ANY {family['prefix']}/{{proxy+}}"]
    return functions


def resources_of(family):
    """The logical ids of a family's resources: each function, its role, and SAM's permission for each of its routes."""
    ids = set()
    for name, routes in functions_of(family).items():
        function = "".join(word.capitalize() for word in name.split("-"))
        # The first route is the event Route of template.yaml, the next one Route2.
        events = ["Route", *(f"Route{number}" for number in range(2, len(routes) + 1))][: len(routes)]
        ids |= {function, f"{function}Role", *(f"{function}{event}Permission" for event in events)}
    return ids


def routes_of(family):
    return {route for routes in functions_of(family).values() for route in routes}


def is_true(expression, template, parameters):
    """A condition. Only what the template uses is known."""
    kind, operands = next(iter(expression.items()))
    if kind == "Fn::Not":
        return not is_true(operands[0], template, parameters)
    if kind != "Fn::Equals":
        raise SystemExit(f"{kind} is not understood in a condition")

    def value(operand):
        if not isinstance(operand, dict):
            return operand
        name = operand["Ref"]
        return parameters.get(name, template["Parameters"][name].get("Default"))

    left, right = map(value, operands)
    return left == right


def evaluated(value, conditions):
    """A value with the branch of each `Fn::If` that its condition chooses."""
    if isinstance(value, list):
        items = (evaluated(item, conditions) for item in value)
        return [item for item in items if item != NO_VALUE]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::If"}:
        condition, chosen, other = value["Fn::If"]
        return evaluated(chosen if conditions[condition] else other, conditions)
    members = {name: evaluated(member, conditions) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != NO_VALUE}


def deployed(template, resources, parameters):
    """The resources of a deployment with these parameters."""
    known = template.get("Conditions", {}).items()
    conditions = {name: is_true(expression, template, parameters) for name, expression in known}
    kept = {name: resource for name, resource in resources.items() if conditions.get(resource.get("Condition"), True)}
    return evaluated(kept, conditions)


def routes(resources):
    paths = resources["HttpApi"]["Properties"]["Body"]["paths"]
    verb = lambda method: "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()  # noqa: E731
    return {f"{verb(method)} {path}" for path, methods in paths.items() for method in methods}


def findings(template, resources):
    """What is wrong with the deployments that leave out one family each, and with the one that leaves out none."""
    everything = families()
    for left_out in [None, *(family for family in everything if "parameter" in family)]:
        parameters = {left_out["parameter"]: "false"} if left_out else {}
        title = f"without {left_out['name']}" if left_out else "with all families"
        there = deployed(template, resources, parameters)
        expected = set().union(*(routes_of(family) for family in everything if family is not left_out))
        found = routes(there)
        for route in sorted(found ^ expected):
            yield f"{title}, {route} is {'routed' if route in found else 'missing'}"
        gone = set(resources) - set(there)
        if left := sorted(resources_of(left_out) & set(there)) if left_out else []:
            yield f"{title}, these are still there: {', '.join(left)}"
        text = json.dumps(there)
        for name in sorted(gone):
            if any(f in text for f in (f'"Ref": "{name}"', f'"Fn::GetAtt": ["{name}"', f"${{{name}.", f"${{{name}}}")):
                yield f"{title}, something refers to {name}, which is not there"


def counts(template, resources):
    """Routes of each deployment, to be shown."""
    optional = [family for family in families() if "parameter" in family]
    whole = len(routes(deployed(template, resources, {})))
    without = (f"{len(routes(deployed(template, resources, {family['parameter']: 'false'})))} without {family['name']}"
               for family in optional)
    return ", ".join([f"{whole} routes", *without])
