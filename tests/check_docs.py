#!/usr/bin/env python3
"""Every command, option, error, route and metric of this build stands in the manual and in at least
one test, and the man pages pass mandoc's lint. BUILD names the build directory."""
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", TOP / "build"))
TEST_FILES = [p for p in (TOP / "tests").rglob("*")
              if p.suffix in (".c", ".h", ".py", ".cases", ".exchange", ".sh")
              and p.name not in ("check_docs.py",)]
problems = []


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def printed(what):
    return [line.split("\t") for line in run(BUILD / "licetd", "print", what).splitlines()]


def page(name):
    path = BUILD / "doc" / name
    if not path.exists():
        path = TOP / "doc" / name
    return path.read_text(encoding="utf-8")


def want(text, place, where):
    if text not in place:
        problems.append(f"{text}: not in {where}")


def check_manual():
    conf, daemon, cli = page("licetd.conf.5"), page("licetd.8"), page("licet.1")
    for key, *_ in printed("options"):
        want(f"Cm {key} ", conf, "licetd.conf.5")
    for name, *_ in printed("commands"):
        want(f"Cm {name}", daemon, "licetd.8")
    for name, *_ in (line.split("\t") for line in run(BUILD / "licet", "print", "commands").splitlines()):
        want(f"Cm {name}", cli, "licet.1")


def check_library():
    header, manual = (TOP / "offline" / "licet.h").read_text(encoding="utf-8"), page("licet.3")
    for name in re.findall(r"\b(licet_[a-z_]+)\(", header):
        want(f"Fn {name} ", manual, "licet.3")
    for name in re.findall(r"\b(LICET_(?:OK|E_[A-Z_]+)) =", header):
        want(f"Dv {name}\n", manual, "licet.3")


def check_lists(tests):
    tables = subprocess.run([TOP / "tools" / "tables.py", "check", BUILD], capture_output=True,
                            text=True, check=False)
    if tables.returncode:
        problems.append(tables.stdout + tables.stderr)
    for code, *_, name in printed("errors"):
        if not re.search(rf"\b{name}\b|[\"']{code}\b", tests):
            problems.append(f"error {code}: in no test")
    for method, pattern, *_ in printed("routes"):
        shape = re.escape(pattern.rstrip("/")).replace(r"\{id\}", r"(\{[^}]*\}|%[dsl]+|\d+)")
        last = [s for s in pattern.strip("/").split("/") if not s.startswith("{")][-1]
        if not re.search(shape, tests) and last not in tests:
            problems.append(f"route {method} {pattern}: in no test")
    for key, *_ in printed("options"):
        section, _, name = key.partition(".")
        if key not in tests and f"LICET_{section}_{name}".upper() not in tests:
            problems.append(f"option {key}: in no test")


def check_lint():
    for path in sorted({*(BUILD / "doc").glob("*.[1-8]"), *(TOP / "doc").glob("*.[1-8]")}):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path],
                              capture_output=True, text=True)
        if lint.returncode:
            problems.append(lint.stdout + lint.stderr)


check_manual()
check_library()
check_lists("\n".join(p.read_text(encoding="utf-8", errors="replace") for p in TEST_FILES))
check_lint()
print("\n".join(problems) or "the manual and the tests know every command, option, error, route")
sys.exit(1 if problems else 0)
