"""The events in events/."""

import json

from readme import ROOT


def sample(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())
