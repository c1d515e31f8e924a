"""What the documents say in words and no schema can: which requests schemathesis makes, and which of its findings are none."""

import importlib
import os
import pathlib

import schemathesis
from hypothesis import strategies

HERE = pathlib.Path(__file__).resolve().parent
FAMILIES = sorted(path.stem for path in (HERE.parents[1] / "docs/openapi").glob("*.yaml"))
# Rules in words: the gateway's, and those of each family that has some.
RULES = [importlib.import_module(name) for name in ["gateway", *FAMILIES] if (HERE / f"{name}.py").exists()]

MAILBOXES = os.environ["CONVENE_MAILBOXES"].split(",")

# Addresses of the organization, so that requests reach calendars; and others, by what descriptions say of addresses.
LOCAL_PART = r"[a-z0-9!#$%&'*+=?^_`{|}~-]{1,20}(\.[a-z0-9!#$%&'*+=?^_`{|}~-]{1,20}){0,2}"
OTHERS = strategies.from_regex(LOCAL_PART + r"@[a-z]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,10}){1,2}", fullmatch=True)
schemathesis.openapi.format("email", strategies.sampled_from(MAILBOXES) | OTHERS)

# Times between the years 1900 and 4500: mostly of one year, so that windows and meetings have a possible length.
TIME = r"-(0[1-9]|1[0-2])-(0[2-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
NEAR = strategies.from_regex("2030" + TIME + ZONE, fullmatch=True)
FAR = strategies.from_regex("(19|[23][0-9]|4[0-4])[0-9]{2}" + TIME + ZONE, fullmatch=True)
schemathesis.openapi.format("date-time", NEAR | NEAR | NEAR | FAR)


@schemathesis.hook
def map_case(context, case):
    """Makes a valid request one that is likely to be served."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        for rules in RULES:
            getattr(rules, "make_consistent", lambda case: None)(case)
    return case


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps an invalid request from being refused for another reason than its fault."""
    if case.meta is not None and case.meta.generation.mode.is_negative:
        for rules in RULES:
            getattr(rules, "make_unique", lambda case: None)(case)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a finding is one: whether no rule explains it that the document has in words."""
    return not any(rules.explains(failure, case, response) for rules in RULES)
