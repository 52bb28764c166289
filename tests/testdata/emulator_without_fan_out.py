"""A hook of Terraform before another: a mapping that reads by enhanced fan-out reads the stream itself, for ministack
1.5.33 refuses a mapping of a stream's consumer.

usage: emulator_without_fan_out.py HOOK  (a change as JSON on standard input, as HOOK takes it)
"""
import json
import subprocess
import sys

change = json.load(sys.stdin)
if change["type"] == "aws_lambda_event_source_mapping":
    for state in filter(None, (change["config"], change["prior"])):
        state["event_source_arn"] = state["event_source_arn"].split("/consumer/")[0]
sys.exit(subprocess.run([sys.executable, *sys.argv[1:]], input=json.dumps(change).encode()).returncode)
