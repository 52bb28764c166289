#!/usr/bin/env python3
"""Draws what `terraform plan` of examples/minimal would make, a box for each module, into docs/terraform.md (mermaid).

usage: scripts/terraform_graph.py [--check] [TERRAFORM]

TERRAFORM is the program; without it CATCHWATER_TERRAFORM, or `terraform`. With --check nothing is written, and a difference is
an error. It works on a copy, so that nothing of Terraform's lies beside the sources.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/terraform.md"
BEGIN, END = "<!-- begin: graph -->\n", "<!-- end: graph -->\n"
VALUES = {"log_group": "/ecs/portal", "url": "https://search.example.org", "package_directory": "../../testing/packages"}


def planned(terraform, example):
    """The plan's resources, and Terraform's graph of the configuration (DOT)."""
    def run(*arguments):
        done = subprocess.run([terraform, *arguments], cwd=example, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"terraform {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    run("init", "-backend=false", "-input=false", "-no-color")
    variables = [f"-var={name}={value}" for name, value in VALUES.items()]
    run("plan", "-input=false", "-no-color", "-out=graph.tfplan", *variables)
    shown = json.loads(run("show", "-json", "graph.tfplan"))
    return shown["resource_changes"], run("graph")


def module_of(address):
    """`raw` of `module.catchwater.module.raw.aws_kinesis_stream.this`; what lies in a module of a module is of the outer one."""
    modules = re.findall(r"module\.([a-z_]+)", re.sub(r"\[[^]]*\]", "", address))[1:]
    return modules[0] if modules else "key"


def boxes(resources):
    """Of each module the types that it makes, and how many."""
    made = collections.defaultdict(collections.Counter)
    for resource in resources:
        if resource["mode"] == "managed" and resource["change"]["actions"] == ["create"]:
            made[module_of(resource["address"])][resource["type"].removeprefix("aws_")] += 1
    return made


def arrows(graph, modules):
    """Which module needs which, without what follows from others."""
    needs = collections.defaultdict(set)
    for user, used in re.findall(r'"([^"]+)" -> "([^"]+)"', graph):
        user, used = module_of(user), module_of(used)
        if user != used and {user, used} <= set(modules):
            needs[user].add(used)

    def reached(start, without):
        seen, waiting = set(), [used for used in needs[start] if used != without]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting.extend(needs[at])
        return seen

    return sorted((used, user) for user in list(needs) for used in needs[user] if used not in reached(user, used))


def mermaid(resources, graph):
    """The text of the drawing."""
    made = boxes(resources)
    lines = ["```mermaid", "flowchart LR"]
    for module in sorted(made):
        types = [name if count == 1 else f"{name} × {count}" for name, count in sorted(made[module].items())]
        lines.append(f'  {module}["<b>{module}</b><br>{"<br>".join(types)}"]')
    lines += [f"  {used} --> {user}" for used, user in arrows(graph, made)]
    return "\n".join(lines + ["```", ""])


def main():
    arguments = sys.argv[1:]
    check = "--check" in arguments
    given = [argument for argument in arguments if argument != "--check"]
    terraform = (given or [os.environ.get("CATCHWATER_TERRAFORM") or "terraform"])[0]
    with tempfile.TemporaryDirectory() as folder:
        left_out = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfplan")
        copy = pathlib.Path(folder) / "terraform"
        shutil.copytree(ROOT / "terraform", copy, ignore=left_out)
        drawing = mermaid(*planned(terraform, copy / "examples/minimal"))
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    new = before + BEGIN + drawing + END + after
    if new == page:
        return
    if check:
        sys.exit(f"{PAGE.relative_to(ROOT)}: the graph is stale; run scripts/terraform_graph.py")
    PAGE.write_text(new)


main()
