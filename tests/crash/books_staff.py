"""Books over the writing calls of the management API."""
from ledger import Book
from licetd import make_license, make_product, unique


class Field(Book):
    """A text member of one object, changed by PATCH."""

    def __init__(self, template, member, id_=None):
        super().__init__()
        self.template, self.member, self.id = template, member, id_

    def begin(self, link):
        super().begin(link, self.member)

    def choose(self, random):
        return self.member, self.text("v")

    def send(self, link, spot, value, key):
        return link.staff.change(key, "PATCH", self.template, {"id": self.id}, {spot: value})

    def read(self, link, spot):
        return link.staff.get(self.template.format(id=self.id))[spot]


class Switch(Book):
    """Something that one call turns on and others turn off."""

    def __init__(self, template, id_, member, on, off, body=None):
        super().__init__()
        self.template, self.id, self.member = template, id_, member
        self.verbs, self.body = {True: on, False: off}, body

    def begin(self, link):
        super().begin(link, self.member)

    def choose(self, random):
        value = not self.now(self.member)
        self.verb = self.cycle(self.verbs[value])
        return self.member, value

    def send(self, link, spot, value, key):
        return link.staff.change(key, "POST", self.template + self.verb, {"id": self.id}, self.body)

    def read(self, link, spot):
        return link.staff.get(self.template.format(id=self.id))[spot]


class Enabled(Switch):
    """A license, also turned off with others in one call."""

    def __init__(self, id_, other):
        super().__init__("licenses/{id}/", id_, "license_enabled", ["enable/"],
                         ["disable/", "disable_bulk/"])
        self.other = other

    def send(self, link, spot, value, key):
        if self.verb != "disable_bulk/":
            return super().send(link, spot, value, key)
        return link.staff.change(key, "POST", "licenses/disable_bulk/", {},
                                 {"ids": [self.id, self.other]})


class Notes(Book):
    """The notes of two licenses, changed in one call: both or none."""

    def __init__(self, ids):
        super().__init__()
        self.ids = ids

    def begin(self, link):
        super().begin(link, "notes")

    def choose(self, random):
        return "notes", [self.text("note")] * 2

    def send(self, link, spot, value, key):
        body = [{"id": i, "note": note} for i, note in zip(self.ids, value)]
        return link.staff.change(key, "PATCH", "licenses/bulk_update/", {}, body)

    def read(self, link, spot):
        return [link.staff.get(f"licenses/{i}/")["note"] for i in self.ids]


class Features(Book):
    """A feature on a license."""

    def __init__(self, manage):
        super().__init__()
        product = make_product(manage)
        manage.post("product-features/", {"product": product["short_code"], "code": "pdf",
                                          "name": "P", "feature_type": "activation"})
        self.id = make_license(manage, product)["id"]

    def begin(self, link):
        super().begin(link, "pdf")

    def choose(self, random):
        return "pdf", not self.now("pdf")

    def send(self, link, spot, value, key):
        feature = {"code": spot} if value else {"code": spot, "remove": True}
        return link.staff.change(key, "POST", "licenses/{id}/update_features/", {"id": self.id},
                                 {"features": [feature]})

    def read(self, link, spot):
        shown = link.staff.get(f"licenses/{self.id}/")["product_features"]
        return [f["code"] for f in shown] == [spot]


class Assigned(Book):
    """Users of a license: value is None or the user's own limit."""

    def __init__(self, manage, product):
        super().__init__()
        self.emails = [unique("a") + "@example.com" for _ in range(2)]
        for email in self.emails:
            manage.post("license-users/", {"email": email})
        self.id = make_license(manage, product, users=[{"email": unique("a") + "@example.com"}],
                               max_license_users=3)["id"]

    def begin(self, link):
        super().begin(link, *self.emails)

    def choose(self, random):
        spot = random.choice(self.emails)
        now = self.now(spot)
        if now is None:
            self.verb = self.cycle(["assign_user/", "assign_users/"])
            return spot, random.randrange(1, 9)
        self.verb = self.cycle(["set_users_activations/", "unassign_user/", "unassign_user/"])
        return spot, None if self.verb == "unassign_user/" else now % 9 + 1

    def send(self, link, spot, value, key):
        one = {"email": spot} if value is None else {"email": spot, "max_activations": value}
        body = {"users": [one]} if "users" in self.verb else one
        return link.staff.change(key, "POST", "licenses/{id}/" + self.verb, {"id": self.id}, body)

    def read(self, link, spot):
        (user,) = link.staff.get("license-users/", email=spot)["results"]
        shown = link.staff.get(f"license-users/{user['id']}/")["licenses"]
        return shown[0]["max_activations"] if shown else None


class Logged(Book):
    """Calls whose only lasting trace besides the key itself is an audit entry each."""

    def __init__(self, id_):
        super().__init__()
        self.id = id_

    def begin(self, link):
        super().begin(link, "key_revealed", "key_replaced")

    def choose(self, random):
        spot = self.cycle(["key_revealed", "key_replaced"])
        return spot, self.now(spot) + 1

    def send(self, link, spot, value, key):
        verb = {"key_revealed": "reveal_key/", "key_replaced": "replace_key/"}[spot]
        return link.staff.change(key, "POST", "licenses/{id}/" + verb, {"id": self.id},
                                 {"reason": "the storm"})

    def read(self, link, spot):
        found, path = 0, f"licenses/{self.id}/history/?limit=100"
        while path:
            page = link.staff.get(path.removeprefix("/api/v1/"))
            found += sum(entry["action"] == "license." + spot for entry in page["results"])
            path = page["next"]
        return found


class Checkpoints(Book):
    """Checkpoints of the audit log: the count of them, when only one client makes any."""

    def begin(self, link):
        super().begin(link, "count")

    def choose(self, random):
        return "count", self.now("count") + 1

    def send(self, link, spot, value, key):
        return link.staff.change(key, "POST", "audit/checkpoints/", {}, {})

    def read(self, link, spot):
        return link.staff.get("audit/checkpoints/?limit=1")["count"]


class Made(Book):
    """Objects made and done away with; spot: the member that names one, True while it is there."""

    def __init__(self, collection, member, body, ends, create=None):
        super().__init__()
        self.collection, self.member, self.body, self.ends = collection, member, body, ends
        self.create = create or collection
        self.ids = {}
        self.sent = {}

    def absent(self):
        return False

    def choose(self, random):
        there = [spot for spot, told in self.told.items() if told == [True]]
        if there and random.random() < 0.45:
            spot = random.choice(there)
            self.sent[spot] = self.cycle(self.ends)
            return spot, False
        return self.text("made") + ("@example.com" if self.member == "email" else ""), True

    def send(self, link, spot, value, key):
        if value:
            return link.staff.change(key, "POST", self.create, {}, {self.member: spot, **self.body})
        method, verb, body, query = self.sent[spot]
        return link.staff.change(key, method, self.collection + "{id}/" + verb,
                                 {"id": self.ids[spot]}, body, **query)

    def learn(self, spot, value, answer):
        if value:
            self.ids[spot] = answer.json["id"]

    def read(self, link, spot):
        if spot in self.ids:
            answer = link.staff.call("GET", f"{self.collection}{self.ids[spot]}/")
            assert answer.status in (200, 404), answer
            return answer.status == 200 and not answer.json.get("revoked_at")
        page = link.staff.get(self.collection, limit=100, order_by="-id")["results"]
        found = [x for x in page if x.get(self.shown(), None) == spot]
        assert len(found) <= 1, found
        return len(found) == 1

    def shown(self):
        return "store_id" if self.collection == "orders/" else self.member


class Moved(Book):
    """One seat that staff takes away and moves; value: the rows' states, by device."""

    DEVICES = ("a", "b")

    def __init__(self, case):
        super().__init__()
        self.case = case

    def begin(self, link):
        self.row_ids = {}
        super().begin(link, "rows")

    def choose(self, random):
        rows = dict(self.now("rows"))
        holder = next((d for d, s in rows.items() if s != "inactive"), None)
        if holder is None:
            inactive = sorted(rows)
            if inactive and self.cycle((False, True)):
                self.act = "delete", random.choice(inactive)
                rows.pop(self.act[1])
                return "rows", rows
            holder = random.choice(self.DEVICES)
        elif rows[holder] == "active":
            return "rows", self.take(random, rows, holder)
        self.act = "activate", holder
        return "rows", {**rows, holder: "active"}

    def take(self, random, rows, holder):
        verb = self.cycle(["release/", "transfer", "reset/", "revoke/", "license"])
        self.act = verb, holder
        other = self.DEVICES[1 - self.DEVICES.index(holder)]
        after = {**rows, holder: "inactive"}
        if verb == "transfer":
            after[other] = "reserved"
        return after

    def send(self, link, spot, value, key):
        verb, device = self.act
        if verb == "activate":
            return link.post("activate_license", **self.case.fields(device, {}))
        place, why = {"id": self.case.id}, {"reason": "the storm"}
        if verb == "license":
            return link.staff.change(key, "POST", "licenses/{id}/reset/", place)
        if verb == "transfer":
            other = self.DEVICES[1 - self.DEVICES.index(device)]
            return link.staff.change(key, "POST", "licenses/{id}/transfer/", place, {
                "from_device": self.row_ids[device], "to_hardware_id": other, **why})
        place = {"id": self.row_ids[device]}
        if verb == "delete":
            return link.staff.change(key, "DELETE", "devices/{id}/", place)
        return link.staff.change(key, "POST", "devices/{id}/" + verb, place, why)

    def learn(self, spot, value, answer):
        if self.act[0] == "activate":
            self.row_ids[self.act[1]] = answer.json["device_id"]

    def read(self, link, spot):
        rows = link.staff.get("devices/", license=self.case.id)["results"]
        self.row_ids.update((row["hardware_id"], row["id"]) for row in rows)
        return {row["hardware_id"]: row["state"] for row in rows}

    @property
    def keyed(self):
        return self.act[0] != "activate"


class Keys(Book):
    """The box keys, which one client alone changes; value: how many there are, how many retired
    ones still open, how many are revoked, and how often a certificate was handed in."""

    def begin(self, link):
        super().begin(link, "box")

    def choose(self, random):
        rows, opening, revoked, certified = self.now("box")
        verb = self.cycle(["rotate/", "retire/", "rotate/", "revoke/", "certificate/"])
        if verb in ("retire/", "revoke/") and not self.retired:
            verb = "rotate/"
        self.act = verb, self.active if verb == "certificate/" else next(iter(self.retired), None)
        after = {"rotate/": (rows + 1, opening + 1, revoked, certified),
                 "retire/": (rows, opening - 1, revoked, certified),
                 "revoke/": (rows, opening - 1, revoked + 1, certified),
                 "certificate/": (rows, opening, revoked, certified + 1)}
        return "box", after[verb]

    def send(self, link, spot, value, key):
        verb, kid = self.act
        if verb == "rotate/":
            return link.staff.change(key, "POST", "keys/rotate/", {}, {"use": "box"})
        if verb == "certificate/":
            text = link.staff.call("GET", f"keys/{kid}/certificate/").body.decode()
            return link.staff.change(key, "PUT", "keys/{kid}/certificate/", {"kid": kid}, text)
        return link.staff.change(key, "POST", "keys/{kid}/" + verb, {"kid": kid},
                                 {"reason": "the storm"})

    def learn(self, spot, value, answer):
        verb, kid = self.act
        if verb == "rotate/" and answer.json["kid"] != self.active:
            self.retired.append(self.active)
            self.active = answer.json["kid"]
        if verb in ("retire/", "revoke/") and kid in self.retired:
            self.retired.remove(kid)

    def read(self, link, spot):
        keys, path = [], "keys/?use=box&limit=100"
        while path:
            page = link.staff.get(path.removeprefix("/api/v1/"))
            keys += page["results"]
            path = page["next"]
        (self.active,) = [k["kid"] for k in keys if k["state"] == "active"]
        self.retired = [k["kid"] for k in keys if k["state"] == "retired" and k["on_server"]]
        certified = link.staff.get("audit/", object_type="key", action="key.certified", limit=1)
        return (len(keys), len(self.retired), sum(k["state"] == "revoked" for k in keys),
                certified["count"])
