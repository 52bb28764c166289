#!/usr/bin/env python3
"""A function without a build: speaks Lambda's runtime API and does what the event's `do` says."""

import base64
import json
import os
import sys
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


def post(path, body, headers={}):
    urllib.request.urlopen(urllib.request.Request(f"{API}/{path}", body, headers)).read()


def answer(body, headers):
    event = json.loads(body)
    if "Records" in event:
        name = f"{os.environ['EVENTS']}/{headers['Lambda-Runtime-Aws-Request-Id']}"
        with open(f"{name}.tmp", "wb") as file:
            file.write(body)
        os.rename(f"{name}.tmp", f"{name}.json")
        failed = [{"itemIdentifier": r["kinesis"]["sequenceNumber"]} for r in event["Records"]]
        return {"batchItemFailures": failed if "FAILS" in os.environ else []}
    if "records" in event:
        upper = lambda data: base64.b64encode(base64.b64decode(data).upper()).decode()
        done = lambda r: {"recordId": r["recordId"], "result": "Ok", "data": upper(r["data"])}
        return {"records": [done(r) for r in event["records"]]}
    do = event["do"]
    print("asked to", do, flush=True)
    print("and says so", file=sys.stderr, flush=True)
    if do == "raise":
        raise ValueError("as asked")
    if do == "exit":
        sys.exit(7)
    if do == "sleep":
        if "EVENTS" in os.environ:
            open(f"{os.environ['EVENTS']}/asleep", "w").close()
        time.sleep(30)
    if do == "environment":
        return dict(os.environ)
    if do == "headers":
        return {name.lower(): value for name, value in headers.items()}
    return event


while True:
    with urllib.request.urlopen(f"{API}/invocation/next") as invocation:
        request, body = invocation.headers["Lambda-Runtime-Aws-Request-Id"], invocation.read()
        headers = invocation.headers
    try:
        result = json.dumps(answer(body, headers)).encode()
    except ValueError as error:
        failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
        kind = {"Lambda-Runtime-Function-Error-Type": "Function.Failed"}
        post(f"invocation/{request}/error", json.dumps(failure).encode(), kind)
    else:
        post(f"invocation/{request}/response", result)
