"""AWS, as the emulator plays it: clients, stacks, functions and their logs."""

import json
import os
import pathlib
import subprocess
import time
from typing import Any

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAM = ROOT / ".tools" / "lint" / "bin" / "sam"
REGION = "us-east-1"
STACK_LIMIT = 300  # seconds; what a stack of ours takes at most, many times over


class Failure(Exception):
    """A case did not go as it must."""


def environment(port: int, folder: pathlib.Path) -> dict[str, str]:
    """The variables with which every AWS tool reaches the emulator, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_DISABLE_UPDATE_CHECK": "1",
        # sam looks that often; an emulated stack is ready sooner than a real one.
        "SAM_CLI_POLL_DELAY": "1",
        "__SAM_CLI_APP_DIR": str(folder / "sam"),
    }


def client(service: str) -> Any:
    """A client that asks once: what fails must be seen."""
    return boto3.client(service, config=Config(retries={"max_attempts": 1}, read_timeout=180))


def sam_deploy(stack: str, template: pathlib.Path, parameters: dict[str, str]) -> None:
    """`sam deploy`, as docs/deploying.md has it."""
    # sam reads KEY="VALUE", with quotes and backslashes escaped.
    quoted = [name + '="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for name, value in parameters.items()]
    command = [SAM, "deploy", "--template-file", template.name, "--stack-name", stack, "--resolve-s3", "--region", REGION,
               "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
    if quoted:
        command += ["--parameter-overrides", *quoted]
    done = subprocess.run(command, cwd=template.parent, capture_output=True, text=True, timeout=STACK_LIMIT)
    if done.returncode:
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        raise Failure(f"sam deploy of {stack} ended with {done.returncode}:\n{said}")


def outputs(stack: str) -> dict[str, str]:
    described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def status(stack: str) -> str | None:
    """A stack's status; none if there is no such stack."""
    try:
        return client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except client("cloudformation").exceptions.ClientError:
        return None


def settled(stack: str) -> str | None:
    """A stack's status, once nothing happens to it any more."""
    limit = time.monotonic() + STACK_LIMIT
    while (now := status(stack)) is not None and now.endswith("_IN_PROGRESS"):
        if time.monotonic() > limit:
            raise Failure(f"the stack {stack} stays {now}")
        time.sleep(0.1)
    return now


def failures(stack: str) -> str:
    """Why resources of a stack failed, for a person to read."""
    events = client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def invoke(function: str, event: Any) -> Any:
    """What a function answers to an event; it must not fail."""
    answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise Failure(f"{function} failed: {payload}")
    return payload


def functions(stack: str) -> dict[str, str]:
    """The names of a stack's functions, by their logical ids."""
    pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found
            if each["ResourceType"] == "AWS::Lambda::Function"}


def start_afresh(stack: str) -> None:
    """The next request finds every function cold, as after a while without any. What processes have cached, a tenant's
    configuration for a minute and secrets for five, is gone with them; nobody has to wait for it."""
    lambdas = client("lambda")
    for name in functions(stack).values():
        # Any update does that on AWS, and here one that might matter to a process.
        size = lambdas.get_function_configuration(FunctionName=name)["MemorySize"]
        lambdas.update_function_configuration(FunctionName=name, MemorySize=size)


def log_lines(group: str, last: int) -> list[str]:
    """The last lines that functions wrote."""
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    events = [event for page in pages for event in page["events"]]
    events.sort(key=lambda event: event["timestamp"])
    boring = ("START ", "END ", "REPORT ")
    return [event["message"].rstrip() for event in events if not event["message"].startswith(boring)][-last:]
