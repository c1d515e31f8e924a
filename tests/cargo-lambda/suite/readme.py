"""The lines of README.md that start the backends, `cargo lambda watch` and `cargo lambda invoke`."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Readme:
    """README.md for somebody whose port and folder are others than its own, and who lets nothing reload meanwhile. Nothing
    else is changed in its lines."""

    def __init__(self, port, ready):
        self.port, self.ready = port, ready

    def block(self, label):
        """The one fenced block with this info string."""
        found = re.findall(rf"^```{re.escape(label)}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
        if len(found) != 1:
            raise SystemExit(f"README.md has {len(found)} blocks “{label}”")
        here = found[0].replace("ready.json", str(self.ready)).replace("http://127.0.0.1:9000", self.url)
        here = here.replace("cargo lambda watch", "cargo lambda watch --ignore-changes")
        return here.replace("--invoke-address 127.0.0.1", f"--invoke-address 127.0.0.1 --invoke-port {self.port}")

    @property
    def url(self):
        """Where `cargo lambda watch` serves."""
        return f"http://127.0.0.1:{self.port}"
