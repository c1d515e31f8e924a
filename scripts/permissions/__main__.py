"""Shows that the check works, then checks template.yaml."""

import sys

import left_out
from cases import CASES, missed
from grants import grants, target
from rules import findings, of_type
from transformed import source, transformed


def show(resources):
    """What every function may do, a line each."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        print(name)
        role = resources[target(function["Properties"]["Role"], "Arn")]
        for grant in sorted(grants(role, resources, print), key=lambda grant: (grant.resource, grant.action)):
            condition = "" if grant.condition == "null" else f" where {grant.condition}"
            print(f"    {grant.action} on {grant.resource}{condition}")


def everything(template, resources):
    """The findings about permissions, and about families that are left out."""
    return [*findings(template, resources), *left_out.findings(template, resources)]


def main():
    template = source()
    failed = False
    for phrase, found in missed(template, lambda broken: everything(broken, transformed(broken))):
        print(f"a template that should be told “{phrase}” was told {found}")
        failed = True
    resources = transformed(template)
    if "--list" in sys.argv[1:]:
        show(resources)
    for finding in everything(template, resources):
        print(f"template.yaml: {finding}")
        failed = True
    if failed:
        sys.exit("The permissions are not as they should be.")
    functions = len(of_type(resources, "AWS::Lambda::Function"))
    print(f"permissions: no findings for {functions} functions; {len(CASES)} broken templates were found out")
    print(f"families: {left_out.counts(template, resources)}")


main()
