#!/usr/bin/env python3
"""Writes the .exchange files beside it from what license-api-v4.md says.

An implementation of its own: bodies are made from the tables of section 8, digests and
signatures with hashlib and the cryptography package. Needed only when an exchange is
added or changed; the tests read the files. Usage: compose.py [--check]
"""
import os
import sys

import open_calls
import v4_calls
import v4_offline
import v4_refusals as refusals

CONVERSATIONS = (
    v4_calls.bundle, v4_calls.clone, v4_calls.consumption, v4_calls.users,
    v4_calls.floating, v4_calls.read_only, v4_offline.offline, v4_offline.refusals,
    refusals.credentials, refusals.refusals,
    refusals.limits, refusals.user_limits, refusals.user_rate, refusals.fail_rate,
    refusals.call_rate, refusals.busy, refusals.unsigned, open_calls.public,
    open_calls.admin)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    stale = 0
    for make in CONVERSATIONS:
        c = make()
        path = os.path.join(here, c.name + ".exchange")
        data = "".join(c.parts)
        if "--check" in sys.argv:
            with open(path, encoding="utf-8", newline="") as f:
                stale += f.read() != data
            continue
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(data)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
