"""Drives the guard client of the official Python SDK for the end-to-end tests.

Each line of standard input is a step: {"rules": [[class, options, input], ...], ...} asks for a decision, with what else the
client's `guard` takes; {"capture": [{"action", ...}, ...]} tells about events. The answer is one line. All steps use one client,
and rules that are configured alike are one rule.
"""

import json
import os
import sys

from arcjet import guard


class Topic(guard.LocalCustomRule):
    """A rule of the application's own: denies one topic, and fails at another."""

    def evaluate(self, config, input):
        if input["topic"] == "broken":
            raise ValueError("this topic breaks it")
        denied = input["topic"] == config["blocked"]
        return guard.CustomEvaluateResult(
            conclusion="DENY" if denied else "ALLOW", data={"topic": input["topic"]}
        )


client = guard.launch_arcjet_sync(
    key=os.environ["ARCJET_KEY"],
    base_url=os.environ["DECIDE_URL"],
    # An answer that comes late must not pass for none.
    timeout_ms=20_000,
)
configured = {}


def bind(name, options, given):
    """A rule with its input."""
    key = json.dumps([name, options])
    if key not in configured:
        kind = Topic if name == "Topic" else getattr(guard, name)
        configured[key] = kind(**options)
    return configured[key](given) if isinstance(given, str) else configured[key](**given)


def fields(result):
    return None if result is None else {name: getattr(result, name, None) for name in FIELDS}


FIELDS = (
    "type conclusion remaining_tokens max_tokens remaining_requests max_requests reset_at_unix_seconds refill_rate"
    " refill_interval_seconds window_seconds interval_seconds detected_entity_types data code message"
).split()


def decide(step):
    bound = [bind(*rule) for rule in step.pop("rules")]
    secret = step.pop("local_input", None)
    if secret is not None:
        step["inputs"] = {"secret": guard.local_input.string(secret)}
    decision = client.guard(bound, **step)
    return {
        "id": decision.id,
        "conclusion": decision.conclusion,
        "reason": decision.reason,
        "results": [fields(result) for result in decision.results],
        # What the client finds again for each rule by the ids that it sent.
        "found": [fields(each.error_result(decision) or each.result(decision)) for each in bound],
        "warnings": [warning.code for warning in decision.warnings],
        "failed_open": decision.has_failed_open(),
        "policy": decision.policy_evaluation and decision.policy_evaluation.status,
    }


def capture(events):
    for event in events:
        client.capture(**event)
    client.flush(20_000)
    return len(events)


for line in sys.stdin:
    step = json.loads(line)
    answer = capture(step["capture"]) if "capture" in step else decide(step)
    print(json.dumps(answer), flush=True)
