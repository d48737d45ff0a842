#!/usr/bin/env python3
"""tools/tables.py check|fix [BUILD]: the tables of doc/ are printed from the program's own lists."""
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def rows(build, what):
    out = subprocess.run([build / "licetd", "print", what], capture_output=True, text=True, check=True)
    return out.stdout.splitlines()


def errors(build):
    yield "# Errors"
    yield ""
    yield "Every error of `licetd` and `licet`: its stable code, its status under `/api/v4/` (a refusal"
    yield "by a license rule is 409 on the management API), the exit code of the command lines, what it"
    yield "says, and what to do next. Printed from `base/err.def`."
    yield ""
    yield "| code | status | exit | what happened | what to do next |"
    yield "|---|---|---|---|---|"
    for line in rows(build, "errors"):
        code, http, leave, message, after, _ = line.split("\t")
        yield f"| `{code}` | {http} | {leave} | {message} | {after} |"


def routes(build):
    yield "# Routes"
    yield ""
    yield "Every route of this version and the listener that serves it. Printed from the endpoint tables;"
    yield "`v4` is License API v4, `manage` the management API. A path may end in one slash or not."
    yield ""
    yield "| method | path | family | listener |"
    yield "|---|---|---|---|"
    for line in rows(build, "routes"):
        method, path, family, listener = line.split("\t")
        yield f"| {method} | `{path}` | {family} | {listener} |"


def metrics(build):
    yield "# Metrics"
    yield ""
    yield "`GET /metrics` on the admin listeners, Prometheus text. Printed from `base/metric.def`."
    yield ""
    yield "| metric | type | meaning |"
    yield "|---|---|---|"
    helps = {}
    for line in rows(build, "metrics"):
        if line.startswith("# HELP "):
            _, _, name, text = line.split(" ", 3)
            helps[name] = text
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            yield f"| `{name}` | {kind} | {helps[name]} |"


TABLES = {"errors.md": errors, "routes.md": routes, "metrics.md": metrics}


def main():
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    build = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else TOP / "build"
    if how not in ("check", "fix"):
        print("usage: tools/tables.py check|fix [BUILD]", file=sys.stderr)
        return 2
    stale = []
    for name, make in TABLES.items():
        text = "\n".join(make(build)) + "\n"
        path = TOP / "doc" / name
        if how == "fix":
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"doc/{name} is not what the program prints: tools/tables.py fix")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
