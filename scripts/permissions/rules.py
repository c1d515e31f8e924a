"""The rules of least privilege. Each finding is a sentence about one resource."""

import json
import re

from grants import as_list, grants, target, written

# AWS has no narrower resource for these two: its Service Authorization Reference lists the resource types of each action,
# and none for them.
ON_EVERYTHING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

# One kind of secret of every tenant. Secrets Manager ends each secret's ARN with six random characters; without them it is
# that of a secret that does not exist.
SECRET = re.compile(
    r"arn:\$\{AWS::Partition\}:secretsmanager:\$\{AWS::Region\}:\$\{AWS::AccountId\}"
    r":secret:\$\{SecretPrefix\}\*/[a-z]+(-\?{6})?"
)

# One method and path of one API, whose variables are `*`, or all of them below the prefix of a family, in any of the API's stages.
ROUTE = re.compile(
    r"arn:\$\{AWS::Partition\}:execute-api:\$\{AWS::Region\}:\$\{AWS::AccountId\}"
    r":\$\{__ApiId__\}/\$\{__Stage__\}/((GET|HEAD|POST|PUT|PATCH|DELETE)/[^*?/]+(/([^*?/]+|\*))*|\*/[^*?]+/\*)"
)

TRUST = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}}

# What opens a function or data past the roles, or adds to a role from elsewhere.
UNEXPECTED = {"AWS::Lambda::Url", "AWS::Lambda::LayerVersionPermission", "AWS::SecretsManager::ResourcePolicy"}


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def findings(source, resources):
    """Everything that is wrong with a template, by its text and its transformed resources."""
    found = []
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = of_type(resources, "AWS::IAM::Role")
    used = []
    for name, function in functions.items():
        problem = lambda text, name=name: found.append(f"{name} {text}")  # noqa: E731
        role = target(function["Properties"]["Role"], "Arn")
        if role not in source["Resources"] or role not in roles:
            problem("has no role of its own in the template; SAM's may write to every log group")
            role = role if role in roles else None
        if role in used:
            problem(f"shares the role {role} with another function")
        if role:
            used.append(role)
            check_function(function["Properties"], list(grants(roles[role], resources, problem)), resources, problem)
    for name, role in roles.items():
        check_role(role["Properties"], lambda text, name=name: found.append(f"{name} {text}"))
        if name not in used:
            found.append(f"{name} is a role that no function has")
    attached = [target(arn, None) for name in used for arn in roles[name]["Properties"].get("ManagedPolicyArns", [])]
    for name, policy in of_type(resources, "AWS::IAM::ManagedPolicy").items():
        if name not in attached:
            found.append(f"{name} is a policy that no function's role has")
        if {"Roles", "Users", "Groups"} & set(policy["Properties"]):
            found.append(f"{name} attaches itself; roles name their policies")
    for name, permission in of_type(resources, "AWS::Lambda::Permission").items():
        check_permission(permission["Properties"], resources, lambda text, name=name: found.append(f"{name} {text}"))
    for name, resource in resources.items():
        known = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
        kind = resource["Type"]
        if kind in UNEXPECTED or (kind.startswith("AWS::IAM::") and kind not in known):
            found.append(f"{name} is of the type {kind}, which opens something past the functions' roles")
        if "ResourcePolicy" in resource.get("Properties", {}):
            found.append(f"{name} has a ResourcePolicy, which opens it past the functions' roles")
    return found


def check_function(function, allowed, resources, problem):
    """A function's environment, logs and traces, and its role, name the same things."""
    for grant in allowed:
        check_grant(grant, resources, problem)
    kinds = {name: resource["Type"] for name, resource in resources.items()}
    reachable = {grant.resource for grant in allowed if grant.own}
    variables = function.get("Environment", {}).get("Variables", {})
    named = {target(value, None) for value in variables.values()}
    tables = set(of_type(resources, "AWS::DynamoDB::Table"))
    for table in sorted((named & tables) - reachable):
        problem(f"is told of {table}, which its role cannot use")
    for table in sorted((reachable & tables) - named):
        problem(f"may use {table}, which no variable tells it of")
    has_secrets = any(grant.action.startswith("secretsmanager:") for grant in allowed)
    if has_secrets != ("SecretPrefix" in named):
        problem("is not told of SecretPrefix and may use secrets" if has_secrets else "is told of SecretPrefix for nothing")
    logs = target(function.get("LoggingConfig", {}).get("LogGroup"), None)
    for group in sorted(name for name in reachable if kinds[name] == "AWS::Logs::LogGroup" and name != logs):
        problem(f"may write to {group}, which is not its log group")
    traces = any(grant.action.startswith("xray:") for grant in allowed)
    if traces != (function.get("TracingConfig", {}).get("Mode") == "Active"):
        problem("may send traces and has tracing off, or the other way round")


def check_grant(grant, resources, problem):
    what = f"{grant.action} on {grant.resource}"
    if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", grant.action):
        problem(f"may do {what}: an action is to be named whole")
        return
    service = grant.action.split(":")[0]
    if grant.own:
        expected = {"dynamodb": "AWS::DynamoDB::Table", "logs": "AWS::Logs::LogGroup"}.get(service)
        if resources[grant.resource]["Type"] != expected:
            problem(f"may do {what}: nothing is known of such a permission here")
    elif service == "secretsmanager" and SECRET.fullmatch(grant.resource):
        pass
    elif grant.action in ON_EVERYTHING and grant.resource == "*":
        pass
    else:
        problem(f"may do {what}: a resource is to be one of the template, or one kind of secret below SecretPrefix")


def check_role(role, problem):
    for statement in as_list(role["AssumeRolePolicyDocument"]["Statement"]):
        principal = {kind: as_list(who) for kind, who in as_dict(statement.get("Principal")).items()}
        plain = {**statement, "Action": as_list(statement.get("Action")), "Principal": principal}
        if plain != TRUST:
            problem(f"may be assumed by others than Lambda: {json.dumps(statement)}")


def as_dict(value):
    return value if isinstance(value, dict) else {"": value}


def check_permission(permission, resources, problem):
    """Who may invoke a function from outside its account's roles."""
    principal = permission.get("Principal")
    if permission.get("Action") != "lambda:InvokeFunction":
        problem(f"allows {permission.get('Action')}")
    if principal == "apigateway.amazonaws.com":
        arn = permission.get("SourceArn")
        pattern, values = arn["Fn::Sub"] if isinstance(arn, dict) and isinstance(arn.get("Fn::Sub"), list) else ("", {})
        api = resources.get(target(values.get("__ApiId__"), None) or "", {})
        if not ROUTE.fullmatch(pattern) or api.get("Type") != "AWS::ApiGatewayV2::Api":
            told = written(arn) if arn else "no SourceArn"
            problem(f"lets API Gateway in from elsewhere than one route of this API: {told}")
    elif principal == "secretsmanager.amazonaws.com":
        # The secrets belong to the tenants' stacks, which come later: the account is what AWS recommends here.
        if permission.get("SourceAccount") != {"Ref": "AWS::AccountId"}:
            problem("lets Secrets Manager in for other accounts: SourceAccount is to be this one")
    else:
        problem(f"lets {written(principal)} in")
