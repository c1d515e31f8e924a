"""HTTP APIs get the routes of their OpenAPI body, and OPTIONS is routed where CORS is not configured.

SAM writes an API's routes into the property Body of AWS::ApiGatewayV2::Api. AWS imports them; ministack makes an API
without any.

API Gateway answers OPTIONS itself only for an API with a CORS configuration. For others it goes to the integration of the
route, such as one with ANY. ministack answers 403.
"""

import inspect
import json

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


def import_body(api_id: str, body: dict) -> None:
    """An integration and a route for each operation of the body, in place of those there were."""
    for store in (apigateway._routes, apigateway._integrations):
        store[api_id] = {}
    for path, methods in body.get("paths", {}).items():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            wanted = operation["x-amazon-apigateway-integration"]
            made = apigateway._create_integration(api_id, {
                "integrationType": wanted["type"].upper(),
                "integrationMethod": wanted.get("httpMethod", "POST"),
                "integrationUri": wanted["uri"],
                "payloadFormatVersion": wanted.get("payloadFormatVersion", "1.0"),
            })
            verb = "ANY" if method.startswith("x-") else method.upper()
            target = "integrations/" + json.loads(made[2])["integrationId"]
            apigateway._create_route(api_id, {"routeKey": f"{verb} {path}", "target": target})


def route_options() -> None:
    source = inspect.getsource(apigateway._handle_execute_in_scope)
    condition = 'if method == "OPTIONS":'
    assert source.count(condition) == 1
    exec(source.replace(condition, 'if method == "OPTIONS" and cors_cfg:'), vars(apigateway))


def apply() -> None:
    route_options()
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]

    def create_with_body(logical_id, props, stack_name):
        made = create(logical_id, props, stack_name)
        import_body(made[0], props.get("Body") or {})
        return made

    def update_with_body(physical_id, old, new, stack_name, logical_id=None):
        done = update(physical_id, old, new, stack_name, logical_id)
        import_body(done[0], new.get("Body") or {})
        return done

    handlers.update(create=create_with_body, update=update_with_body)
