"""The walk-through: every command line of the manual's first day, as typed."""
import os
import subprocess

import licetd


def test_walkthrough():
    env = licetd.clean_env(PATH=f"{licetd.BUILD}:{os.environ['PATH']}")
    done = subprocess.run([licetd.TOP / "tests" / "tools" / "walkthrough.sh"], env=env, timeout=300,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
