"""The cases of the deployed suite, in order; tests/deployed/run starts it."""

import argparse
import json
import os
import pathlib
import sys
import time
import traceback
import urllib.request

import aws
import black_box
import lifecycle
import operators
import rotation
import routes
from deployment import STACK, TEMPLATE, Deployment, stack_of

START_LIMIT = 60  # seconds; the emulator and the simulator take less than one


def wait_until_ready(port: int, simulator: pathlib.Path) -> dict:
    """Waits for the emulator and the simulator, and tells where the latter is."""
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5) as answer:
                health = json.load(answer)
            known = json.loads(simulator.read_text())
        except (OSError, ValueError):
            time.sleep(0.1)
            continue
        if health.get("auth") != "enabled":
            sys.exit("the emulator does not enforce the roles' policies")
        return known
    sys.exit("the emulator or the simulator did not start in time")


def deploy(deployment: Deployment) -> str:
    """`sam deploy` of template.yaml."""
    deployment.deploy()
    return f"{len(deployment.functions)} functions"


def roll_out(deployment: Deployment) -> str:
    """`sam deploy` of tenants/tenant.yaml, for two tenants."""
    for tenant in deployment.simulator["tenants"]:
        aws.sam_deploy(stack_of(tenant), TEMPLATE, deployment.parameters(tenant))
    return ", ".join(deployment.simulator["tenants"])


def show_what_happened(deployment: Deployment) -> None:
    """What helps to understand a failure: the functions' and the emulator's last words."""
    print("\n--- the functions' last lines")
    try:
        print("\n".join(aws.log_lines(deployment.outputs["FunctionLogGroupName"], 40)))
    except Exception as problem:  # The failure itself must be told in any case.
        print(f"not to be had: {problem!r}")
    log = deployment.folder / "emulator.log"
    interesting = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line or "WARNING" in line]
    print("\n--- the emulator's last warnings", *interesting[-20:], sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where everything is kept")
    parser.add_argument("--port", type=int, required=True, help="the emulator's")
    parser.add_argument("--cases", type=pathlib.Path, required=True, help="the compiled tests of tests/api")
    parser.add_argument("--only", default="", help="after deploying, only cases whose function has this in its name")
    parser.add_argument("--without", default=None, help="none that has this in its name")
    arguments = parser.parse_args()
    os.environ.update(aws.environment(arguments.port, arguments.folder))
    simulator = wait_until_ready(arguments.port, arguments.folder / "simulator.json")
    deployment = Deployment(arguments.folder, simulator)

    def run_black_box(deployment: Deployment) -> str:
        """The cases of tests/api, through the deployed API."""
        return black_box.run(deployment, arguments.cases)

    first = [deploy, roll_out]
    rest = [run_black_box, *operators.CASES, *rotation.CASES, *lifecycle.CASES, *routes.CASES]
    started = time.monotonic()
    rest = [case for case in rest if arguments.only in case.__name__]
    if arguments.without:
        rest = [case for case in rest if arguments.without not in case.__name__]
    if run_black_box not in rest:
        # The other cases do not call every route.
        rest = [case for case in rest if case is not routes.every_route_was_called]
    for case in first + rest:
        begun = time.monotonic()
        title = (case.__doc__ or case.__name__).strip().splitlines()[0]
        try:
            told = case(deployment) or ""
        except Exception as problem:
            print(f"FAILED  {title}")
            if isinstance(problem, aws.Failure):
                print(problem)
            else:
                traceback.print_exc(file=sys.stdout)
            show_what_happened(deployment)
            return 1
        detail = f" ({told})" if told else ""
        print(f"ok      {title}{detail} [{time.monotonic() - begun:.1f} s]", flush=True)
    print(f"The deployed suite passed, in {time.monotonic() - started:.0f} s. The stack was {STACK}.")
    return 0


sys.exit(main())
