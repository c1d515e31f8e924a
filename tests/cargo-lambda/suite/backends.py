"""What runs behind the functions, past the functions; and CloudFormation, which waits for an answer at a URL."""

import http.server
import json
import threading
import urllib.request

TARGETS = {"dynamodb": "DynamoDB_20120810", "secretsmanager": "secretsmanager"}


class Backends:
    """The embedded services of `cargo local --backends-only`."""

    def __init__(self, ready):
        self.ready = ready

    def tenant(self, name):
        """A tenant's credentials."""
        return self.ready["tenants"][name]

    def call(self, service, operation, request):
        """Calls one as the AWS SDK would; its answer, which must be a success."""
        credential = f"Credential=local/20260101/us-east-1/{service}/aws4_request"
        headers = {
            "x-amz-target": f"{TARGETS[service]}.{operation}",
            "x-amz-date": "20260101T000000Z",
            "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
            "content-type": "application/x-amz-json-1.0",
        }
        sent = urllib.request.Request(self.ready[service], json.dumps(request).encode(), headers)
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return json.load(answer)

    def make_secrets(self, tenant):
        """The secrets that a tenant's stack makes; their ARNs, by the names of the properties."""
        contents = {"Microsoft": '{"client_secret": "s"}', "Token": "{}", "Keys": "", "Credentials": ""}
        arns = {}
        for name, content in contents.items():
            request = {"Name": f"convene/{tenant}/{name.lower()}", "SecretString": content}
            arns[f"{name}SecretArn"] = self.call("secretsmanager", "CreateSecret", request)["ARN"]
        return arns

    def disabled_long_ago(self, tenant):
        """Makes it long ago that a tenant was disabled, so that erasing need not wait."""
        key = {"TableName": "TenantsTable", "Key": {"pk": {"S": f"{tenant}#config"}}}
        item = self.call("dynamodb", "GetItem", key)["Item"]
        assert item["disabled"] == {"BOOL": True}, item
        del item["disabled_at"]
        self.call("dynamodb", "PutItem", {"TableName": "TenantsTable", "Item": item})


class CloudFormation:
    """The URL that a custom resource answers to, until the end of a `with`."""

    def __enter__(self):
        self.answers = []
        answers = self.answers

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                answers.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
