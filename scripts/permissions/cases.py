"""Templates that each break one rule, made from the one there is: a rule must find its own."""

import copy

ARN = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"


def properties(template, name):
    return template["Resources"][name]["Properties"]


def add(template, statement):
    """Gives GetHealth's role one statement more."""
    policy = properties(template, "GetHealthRole")["Policies"][0]
    policy["PolicyDocument"]["Statement"].append({"Effect": "Allow", **statement})


def variables(template, function):
    return properties(template, function)["Environment"]["Variables"]


def allowing(action, resource):
    return lambda template: add(template, {"Action": action, "Resource": resource})


def permission(**changes):
    """Who may invoke GetHealth, beside the API."""

    def change(template):
        granted = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "GetHealth"}, **changes}
        template["Resources"]["Another"] = {"Type": "AWS::Lambda::Permission", "Properties": granted}

    return change


def resource(kind, **settings):
    return lambda template: template["Resources"].update(Another={"Type": kind, "Properties": settings})


def setting(name, key, value):
    return lambda template: properties(template, name).update({key: value})


def unconditional(name):
    """A function or role that is deployed without its family."""
    return lambda template: template["Resources"][name].pop("Condition")


def beside(name, other):
    """Another family's function and role, whose names begin with those of a function."""

    def change(template):
        resources = template["Resources"]
        role = copy.deepcopy(resources[f"{name}Role"])
        function = copy.deepcopy(resources[name])
        function["Properties"]["Role"] = {"Fn::GetAtt": [f"{other}Role", "Arn"]}
        function["Properties"].pop("Events")
        for added, definition in [(f"{other}Role", role), (other, function)]:
            definition.pop("Condition")
            resources[added] = definition

    return change


def source_arn(pattern, api):
    return {"Fn::Sub": [pattern, {"__ApiId__": api, "__Stage__": "*"}]}


EXECUTE = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"
API = {"Ref": "HttpApi"}
TENANTS = {"Fn::GetAtt": ["TenantsTable", "Arn"]}
GRANTS = {"Fn::GetAtt": ["GrantsTable", "Arn"]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ANYBODY = [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
FUNCTION = {"CodeUri": "target/lambda/another/"}
LISTED = {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}}

# What is changed, and what must then be found.
CASES = [
    (allowing("dynamodb:*", TENANTS), "an action is to be named whole"),
    (allowing(["dynamodb:GetItem", "dynamodb:Put*"], TENANTS), "an action is to be named whole"),
    (allowing("*", "*"), "an action is to be named whole"),
    (allowing("dynamodb:GetItem", "*"), "a resource is to be one of the template"),
    (allowing("xray:GetTraceSummaries", "*"), "a resource is to be one of the template"),
    (allowing("dynamodb:GetItem", {"Fn::Sub": "${TenantsTable.Arn}*"}), "a resource is to be one of the template"),
    (allowing("secretsmanager:GetSecretValue", {"Fn::Sub": ARN + "${SecretPrefix}*"}), "one kind of secret"),
    (allowing("secretsmanager:GetSecretValue", {"Fn::Sub": ARN + "*/keys-??????"}), "one kind of secret"),
    (allowing("secretsmanager:GetSecretValue", {"Fn::Sub": ARN + "${SecretPrefix}*/*-??????"}), "one kind of secret"),
    (allowing("secretsmanager:GetSecretValue", {"Fn::Sub": ARN + "${SecretPrefix}*/keys*"}), "one kind of secret"),
    (allowing("sqs:SendMessage", TENANTS), "nothing is known of such a permission"),
    (allowing("logs:PutLogEvents", {"Fn::GetAtt": ["AccessLogs", "Arn"]}), "which is not its log group"),
    (allowing("dynamodb:GetItem", GRANTS), "which no variable tells it of"),
    (lambda template: variables(template, "GetHealth").update(G={"Ref": "GrantsTable"}), "which its role cannot use"),
    (lambda template: variables(template, "GetHealth").update(P={"Ref": "SecretPrefix"}), "SecretPrefix for nothing"),
    (lambda template: variables(template, "IssueToken").pop("SECRET_PREFIX"), "is not told of SecretPrefix"),
    (lambda template: add(template, {"NotAction": "iam:*", "Resource": TENANTS}), "not a plain Allow"),
    (lambda template: add(template, {"Action": "dynamodb:GetItem", "NotResource": TENANTS}), "not a plain Allow"),
    (resource("AWS::Serverless::Function", **FUNCTION), "Another has no role of its own"),
    (resource("AWS::Serverless::Function", **FUNCTION), "AWSLambdaBasicExecutionRole, which is not in the template"),
    (setting("GetHealth", "Role", "arn:aws:iam::123456789012:role/admin"), "has no role of its own"),
    (setting("GetHealth", "Role", {"Fn::GetAtt": ["GetMeetingRole", "Arn"]}), "shares the role"),
    (setting("GetHealth", "Tracing", "PassThrough"), "has tracing off"),
    (setting("GetHealth", "FunctionUrlConfig", {"AuthType": "NONE"}), "AWS::Lambda::Url"),
    (setting("GetHealthRole", "ManagedPolicyArns", [BASIC]), "nobody knows what it allows"),
    (lambda template: properties(template, "GetHealthRole")["ManagedPolicyArns"].append(BASIC), "nobody knows"),
    (
        lambda template: properties(template, "GetHealthRole")["AssumeRolePolicyDocument"].update(Statement=ANYBODY),
        "may be assumed by others",
    ),
    (resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": ANYBODY}), "a role that no function has"),
    (resource("AWS::IAM::ManagedPolicy", **LISTED), "a policy that no function's role has"),
    (resource("AWS::IAM::ManagedPolicy", Roles=["x"], **LISTED), "attaches itself"),
    (resource("AWS::IAM::Policy", Roles=["x"], PolicyName="x", **LISTED), "past the functions' roles"),
    (resource("AWS::SecretsManager::ResourcePolicy"), "past the functions' roles"),
    (setting("GrantsTable", "ResourcePolicy", LISTED), "past the functions' roles"),
    (permission(Principal="apigateway.amazonaws.com"), "no SourceArn"),
    (permission(Principal="apigateway.amazonaws.com", SourceArn=source_arn(EXECUTE + "GET/*", API)), "from elsewhere"),
    (permission(Principal="apigateway.amazonaws.com", SourceArn=source_arn(EXECUTE + "*/*", API)), "from elsewhere"),
    (permission(Principal="apigateway.amazonaws.com", SourceArn=source_arn(EXECUTE + "GET/x", "*")), "from elsewhere"),
    (permission(Principal="secretsmanager.amazonaws.com"), "SourceAccount"),
    (permission(Principal="*"), "lets * in"),
    (permission(Principal="123456789012", Action="lambda:*"), "allows lambda:*"),
    (unconditional("GetMeeting"), "without salesforce, GET /api/salesforce/scheduler/meeting is routed"),
    (unconditional("SalesforceFallback"), "without salesforce, ANY /api/salesforce/{proxy+} is routed"),
    (unconditional("GetMeeting"), "these are still there: GetMeeting, GetMeetingRoutePermission"),
    (unconditional("GetMeetingRole"), "these are still there: GetMeetingRole"),
]

# What is changed, and what must not be found then.
ACCEPTED = [
    (beside("GetMeeting", "GetMeetingNylas"), "these are still there"),
]


def missed(source, found_in):
    """The phrases that are not found where they must be, or are where they must not; `found_in` returns a template's findings."""
    for cases, is_expected in [(CASES, True), (ACCEPTED, False)]:
        for change, phrase in cases:
            template = copy.deepcopy(source)
            change(template)
            found = found_in(template)
            if any(phrase in finding for finding in found) != is_expected:
                yield ("" if is_expected else "not: ") + phrase, found
