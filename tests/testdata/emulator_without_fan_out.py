"""A hook of Terraform before another: a mapping that reads by enhanced fan-out reads the stream itself, for ministack
1.5.33 refuses a mapping of a stream's consumer.

usage: emulator_without_fan_out.py HOOK  (a change as JSON on standard input, as HOOK takes it)
"""
import io
import json
import runpy
import sys

change = json.load(sys.stdin)
if change["type"] == "aws_lambda_event_source_mapping":
    for state in filter(None, (change["config"], change["prior"])):
        state["event_source_arn"] = state["event_source_arn"].split("/consumer/")[0]
# In this process: a change is made in half the time.
sys.argv = sys.argv[1:]
sys.stdin = io.StringIO(json.dumps(change))
runpy.run_path(sys.argv[0], run_name="__main__")
