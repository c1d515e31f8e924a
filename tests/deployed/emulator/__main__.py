"""ministack, an emulator of AWS, with what it leaves out and a deployment of Convene needs.

    python tests/deployed/emulator        (settings by environment variables, as `ministack` has them)

template.yaml and tenants/tenant.yaml are what AWS should get. Where the emulator knows less than AWS, it is the emulator
that changes, here, before it serves. Each file says what AWS does and ministack does not. They reach into ministack's
internals, so they go with one version of it.
"""

import importlib.metadata
import sys

from ministack import app

import custom_resources
import http_api
import rotation
import secret_stacks
import tables

VERSION = "1.5.33"

if __name__ == "__main__":
    if importlib.metadata.version("ministack") != VERSION:
        sys.exit(f"tests/deployed/emulator was made for ministack {VERSION}")
    for patch in (http_api, tables, rotation, secret_stacks, custom_resources):
        patch.apply()
    app.main()
