"""What the tests of signing and box keys share."""
import json
import subprocess

from licetd import BUILD, clean_env, run

FREE = ("v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0", "admin.rate=100000/s")
REASON = {"reason": "a test"}


def keys_of(server, **filters):
    return server.manage.get("keys/", limit=100, **filters)["results"]


def active(server, use):
    (key,) = keys_of(server, use=use, state="active")
    return key


def files(server, pattern="*"):
    return sorted(p.name for p in (server.data / "keys").glob(pattern))


def jwks(server):
    done = subprocess.run(["curl", "-fsS", server.public + "/.well-known/jwks.json"],
                          capture_output=True, check=True)
    return json.loads(done.stdout)["keys"]


def rotate(server, use):
    return server.manage.post("keys/rotate/", {"use": use})


def older_store(server, *how):
    """The store of a stopped server as tests/support/older_store.c leaves it."""
    # Tests of several files run side by side.
    subprocess.run(["flock", BUILD / ".older_store.lock", "make", "-s", "-C", BUILD,
                    "tests/support/older_store"], check=True,
                   stdout=subprocess.DEVNULL, env=clean_env())
    run(BUILD / "tests" / "support" / "older_store", server.data, *how)
