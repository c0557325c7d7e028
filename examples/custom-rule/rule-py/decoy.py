"""Denies clients that ask for decoys; the same rule as in ../rule, in Python."""

import json

from componentize_py_types import Err
from wit_world.imports.types import Conclusion, Request, Verdict

ALLOWED = Verdict(Conclusion.ALLOW, "", 0)


class WitWorld:
    """What the engine calls."""

    def configure(self, config: str) -> None:
        """Takes what the application passes to `CustomRule::config`; what is raised as `Err` refuses it."""
        global paths, seconds, own_pass
        settings = json.loads(config)
        if not isinstance(settings, dict) or not isinstance(settings.get("paths"), list):
            raise Err("missing field `paths`; accepted: a list of paths")
        paths = frozenset(settings["paths"])
        seconds = settings.get("seconds", 600)
        own_pass = settings.get("pass")

    def judge(self, request: Request) -> Verdict:
        if request.path not in paths or lets_pass(request):
            return ALLOWED
        return Verdict(Conclusion.DENY, f"asked for the decoy {request.path}", seconds)


def lets_pass(request: Request) -> bool:
    sent = (header.value for header in request.headers if header.name == "x-decoy-pass")
    return own_pass is not None and next(sent, None) == own_pass
