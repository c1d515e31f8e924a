"""TypeScript clients by @hey-api/openapi-ts: one folder for each document."""

import pathlib
import re
import shutil
import subprocess

from local_server import ROOT

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ROOT / ".tools/openapi-clients-node"


def run_tool(name, *arguments):
    """Runs one of the installed packages."""
    subprocess.run([TOOLS / "node_modules/.bin" / name, *arguments], cwd=TOOLS, check=True)


def generate(documents):
    """Generates a client for each document, asserts that it has every operation, and compiles meeting.ts with them. Gives the
    compiled program."""
    # Below the installed packages, so that the compiler finds the types of Node.js.
    build = TOOLS / "build"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    exports = []
    for document in documents:
        target = build / "generated" / document.name
        run_tool("openapi-ts", "--input", document.path, "--output", target, "--silent")
        generated = set(re.findall(r"^export const (\w+) = ", (target / "sdk.gen.ts").read_text(), re.M))
        expected = document.operations
        assert generated == expected, f"{document.path}: TypeScript operations differ in {sorted(generated ^ expected)}"
        exports.append((document.name, sorted(generated)))
    (build / "generated/index.ts").write_text(index(exports))
    for name in ["meeting.ts", "tsconfig.json"]:
        shutil.copy(HERE / name, build)
    run_tool("tsc", "--project", build)
    return build / "out/meeting.js"


def index(exports):
    """A module with the operations of all clients, and the clients themselves as a list."""
    lines = [f'export {{ {", ".join(operations)} }} from "./{name}/sdk.gen";' for name, operations in exports]
    lines += [f'import {{ client as {name} }} from "./{name}/client.gen";' for name, _ in exports]
    lines.append(f'export const clients = [{", ".join(name for name, _ in exports)}];')
    return "\n".join(lines) + "\n"
