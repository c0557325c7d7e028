"""Drives the official Python SDK for the end-to-end tests.

Each line of standard input is a scenario: {"rules": [[name, options], ...], "calls": [{"ip", "headers", "query", "properties"}, ...]}.
Its rules make one client, which judges the calls one after the other. The answer is one line with their decisions.
"""

import json
import os
import sys
from datetime import timedelta

import arcjet
from arcjet.proto.decide.v1alpha1 import decide_pb2


def name(enum, number, prefix):
    return enum.Name(number).removeprefix(prefix)


# What the SDK calls the parts of a reason, and what the tests do.
FIELDS = {
    field: field for field in ("type", "max", "remaining", "reset", "window", "allowed", "denied", "message")
} | {
    "shield_triggered": "shieldTriggered",
    "email_types": "emailTypes",
    "matched_expressions": "matchedExpressions",
    "undetermined_expressions": "undeterminedExpressions",
    "injection_detected": "injectionDetected",
    "_score": "score",
}


def rules(scenario):
    """Some of the SDK's rules are several."""
    for rule, options in scenario["rules"]:
        made = getattr(arcjet, rule)(**options)
        yield from made if isinstance(made, tuple) else (made,)


def jsonable(value):
    """Sequences of protobuf as lists; what was found in a text as text."""
    return list(value) if hasattr(value, "__iter__") else str(value)


def reason(source):
    found = {to: getattr(source, field) for field, to in FIELDS.items() if hasattr(source, field)}
    return {
        field: int(value.total_seconds()) if isinstance(value, timedelta) else value
        for field, value in found.items()
    }


def request(call):
    headers = {"host": "example.com", **call.get("headers", {})}
    return {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": "http",
        "query_string": call.get("query", "").encode(),
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "client": (call["ip"], 1),
    }


def result(source):
    return {
        "ruleId": source.rule_id,
        "fingerprint": source.fingerprint,
        "state": name(decide_pb2.RuleState, source.state, "RULE_STATE_"),
        "conclusion": name(decide_pb2.Conclusion, source.conclusion, "CONCLUSION_"),
        "ttl": source.raw.ttl,
        "reason": reason(source.reason_v2),
    }


for line in sys.stdin:
    scenario = json.loads(line)
    client = arcjet.arcjet_sync(
        key=os.environ["ARCJET_KEY"],
        base_url=os.environ["DECIDE_URL"],
        # Compiling the SDK's own WASM makes the first call slow; an answer that comes late must not pass for none.
        timeout_ms=20_000,
        rules=list(rules(scenario)),
    )
    decisions = []
    for call in scenario["calls"]:
        decision = client.protect(request(call), **call.get("properties", {}))
        decisions.append(
            {
                "id": decision.id,
                "conclusion": name(decide_pb2.Conclusion, decision.conclusion, "CONCLUSION_"),
                "ttl": decision.ttl,
                "reason": reason(decision.reason_v2),
                "results": [result(each) for each in decision.results],
            }
        )
    print(json.dumps(decisions, default=jsonable), flush=True)
