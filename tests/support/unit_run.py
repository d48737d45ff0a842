"""unit_run.py UNIT ACCOUNT COMMAND…: runs the command under the limits, the mask, the filter of
system calls and without the privileges, as the unit asks, where no service manager runs."""
import ctypes
import os
import pwd
import re
import resource
import subprocess
import sys

ALLOW, EPERM = 0x7FFF0000, 0x00050001
SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def settings(path):
    """(name, value) of [Service], in order."""
    with open(path, encoding="utf-8") as file:
        text = file.read().partition("[Service]")[2].partition("[Install]")[0]
    return re.findall(r"^([A-Za-z]+)=(.*)$", text, re.MULTILINE)


def calls_of(word):
    """The names of a set as systemd-analyze prints it, sets in it opened."""
    if not word.startswith("@"):
        return {word}
    text = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True,
                          text=True, check=True).stdout
    names = [line.strip() for line in text.splitlines()[1:] if not line.strip().startswith("#")]
    return set().union(*(calls_of(name) for name in names if name))


def allowed(unit):
    calls = set()
    for name, value in unit:
        if name == "SystemCallFilter":
            named = set().union(*(calls_of(word) for word in value.lstrip("~").split()))
            calls = calls - named if value.startswith("~") else calls | named
    return calls | calls_of("@default")


def limit(unit):
    for name, value in unit:
        if name.startswith("Limit"):
            size = int(value.rstrip("KMG")) * SIZES.get(value[-1], 1)
            kind = getattr(resource, "RLIMIT_" + name[5:])
            most = resource.getrlimit(kind)[1]
            size = size if most == resource.RLIM_INFINITY else min(size, most)
            resource.setrlimit(kind, (size, size))
        if name == "UMask":
            os.umask(int(value, 8))


def become(account):
    user = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def confine(calls):
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(EPERM))
    for name in calls | {"execve"}:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number != -1:
            lib.seccomp_rule_add_array(context, ALLOW, number, 0, None)
    if lib.seccomp_load(context) != 0:
        sys.exit("the filter of the unit cannot be set")


def main():
    unit, account, *command = sys.argv[1:]
    found = settings(unit)
    calls = allowed(found)
    limit(found)
    become(account)
    confine(calls)
    os.execv(command[0], command)


main()
