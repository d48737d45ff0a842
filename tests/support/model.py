"""What a license server answers, written once more and small: licenses, seats, users, transfers,
consumption, floating seats and time (License API v4, 6.3, 6.4, 6.7-6.9, 7). Minutes are counted
from the start of a history. A state is a plain value; apply() gives the answer and the next."""
from copy import deepcopy


def license_of(kind, expires, **terms):
    return {"kind": kind, "on": [], "left": [], "known": [], "seats": {}, "transfers": 0,
            "total": 0, "enabled": True, "expires": expires, **terms}


def first_state(licenses, password):
    return {"now": 0, "licenses": licenses, "blocked": [], "password": password}


def take_seat(lic, device):
    """6.4: the refusal, or None when the device has a seat now."""
    if len(lic["on"]) >= lic["max_activations"]:
        return "license_activated_max_times"
    if device in lic["left"]:
        lic["left"].remove(device)
    elif len(lic["on"]) + len(lic["left"]) >= lic["max_activations"]:
        limit = lic["max_transfers"]
        if limit == -1 or 0 < limit <= lic["transfers"]:
            return "license_transferred_max_times"
        lic["left"].pop(0)
        lic["transfers"] += 1
    return None


def activate(state, lic, device, password):
    if lic["kind"] == "user" and password != state["password"]:
        return "license_not_found"
    if not lic["enabled"]:
        return "license_not_enabled"
    if device in state["blocked"]:
        return "blacklisted"
    if state["now"] >= lic["expires"]:
        return "license_expired"
    if device not in lic["on"]:
        refusal = take_seat(lic, device)
        if refusal is None and lic["kind"] == "user" and len(lic["on"]) >= lic["user_max"]:
            refusal = "license_user_activated_max_times"
        if refusal:
            return refusal
        lic["on"].append(device)
        lic["known"] = sorted({*lic["known"], device})
    return (200, len(lic["on"]), lic["transfers"])


def device_refusal(state, lic, device):
    if not lic["enabled"]:
        return "license_not_enabled"
    if device in state["blocked"]:
        return "blacklisted"
    if not lic["on"] or (device in lic["known"] and device not in lic["on"]):
        return "license_not_active"
    return None if device in lic["on"] else "device_not_found"


def check(state, lic, device):
    expired = state["now"] >= lic["expires"]
    if lic["kind"] == "floating":
        lic["seats"] = {d: end for d, end in lic["seats"].items() if end > state["now"]}
        if not expired and len(set(lic["seats"]) - {device}) < lic["floating_users"]:
            lic["seats"][device] = state["now"] + lic["floating_timeout"]
        elif not expired and device not in lic["seats"]:
            return "floating_not_available"
    return (200, len(lic["on"]), lic["transfers"], expired, lic["total"], len(lic["seats"]))


def consume(state, lic, amount):
    if lic["kind"] != "meter":
        return "license_not_consumption"
    if state["now"] >= lic["expires"]:
        return "license_expired"
    if lic["total"] + amount > lic["max_consumptions"]:
        return "license_not_enough_consumptions"
    lic["total"] += amount
    return (200, lic["total"])


def deactivate(lic, device):
    lic["on"].remove(device)
    lic["left"].append(device)
    lic["seats"].pop(device, None)
    return (200,)


def apply(before, call):
    """call: (verb, license, device or None, argument)."""
    verb, name, device, argument = call
    state = deepcopy(before)
    lic = state["licenses"].get(name)
    if verb in ("enable", "disable"):
        lic["enabled"] = verb == "enable"
    elif verb in ("block", "unblock"):
        others = {d for d in state["blocked"] if d != device}
        state["blocked"] = sorted(others | ({device} if verb == "block" else set()))
    elif verb == "set_password":
        state["password"] = argument
    elif verb == "pass_time":
        state["now"] += argument
    elif verb == "activate":
        return decided(before, state, activate(state, lic, device, argument))
    else:
        refusal = device_refusal(state, lic, device)
        answer = refusal or (check(state, lic, device) if verb == "check" else
                             consume(state, lic, argument) if verb == "consume" else
                             deactivate(lic, device))
        return decided(before, state, answer)
    return (200,), state


def decided(before, after, answer):
    """A refusal changes nothing."""
    return answer, before if isinstance(answer, str) else after
