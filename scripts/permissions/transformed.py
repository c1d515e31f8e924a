"""template.yaml after SAM's transform: the resources that CloudFormation makes."""

import copy
import logging
import os
import pathlib

# The transform asks for a region, to know the partition. Which one makes no difference to what is looked at here.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

# It counts what it does, and warns that nobody asked for the figures.
logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class ManagedPolicies:
    """SAM turns names of AWS's policies into ARNs. Those that it does not know by itself stay as they are."""

    def load(self):
        return {}


def source():
    """template.yaml as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def transformed(template):
    """The resources of a template after the transform, by logical id."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # The transform takes only what has been uploaded.
            resource["Properties"]["CodeUri"] = "s3://bucket/code"
    return transform(template, {}, ManagedPolicies())["Resources"]
