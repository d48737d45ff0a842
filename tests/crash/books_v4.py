"""Books over the writing calls of License API v4."""
from ledger import Book
from licetd import make_license, unique
from v4 import Case
from v4_file import Files, Maker

PASSWORDS = ("correct horse", "battery staple")


class Seats(Book):
    """Seats of licenses that all clients want; spot: (license, device), True when active."""

    refusals = ("license_activated_max_times", "license_not_active", "device_not_found")
    keyed = False

    def __init__(self, number, cases):
        super().__init__()
        self.number, self.cases = number, {case.id: case for case in cases}

    def absent(self):
        return False

    def choose(self, random):
        spot = random.choice(list(self.cases)), f"c{self.number}-{random.randrange(3)}"
        return spot, random.random() < 0.6

    def send(self, link, spot, value, key):
        case = self.cases[spot[0]]
        verb = "activate_" if value else "deactivate_"
        return link.post(verb + case.kind(), **case.fields(spot[1], {}))

    def refused(self, spot, before, value, answer):
        assert not (value and before), ("an active device was refused its own seat", answer)
        assert before == value or value, ("an active device could not give back", answer)

    def read(self, link, spot):
        rows = link.staff.get("devices/", license=spot[0], hardware_id=spot[1])["results"]
        return bool(rows) and rows[0]["active"]


class UserCase(Case):
    """A license of a product whose devices come with a user's name."""

    def __init__(self, manage, product, **terms):
        self.client, self.manage, self.product = None, manage, product
        self.code = product["short_code"]
        self.email = unique("u") + "@example.com"
        user = {"email": self.email, "password": PASSWORDS[0]}
        self.license = make_license(manage, product, users=[user], **terms)
        self.id = self.license["id"]

    def fields(self, device, more):
        return {"hardware_id": device, "product": self.code, "username": self.email,
                "password": PASSWORDS[0], **more}


class Floating(Book):
    """Seats that check_license takes; spot: device; value: None, "active" or "seated"."""

    refusals = ("floating_not_available",)
    keyed = False

    def __init__(self, number, case):
        super().__init__()
        self.number, self.case = number, case

    def choose(self, random):
        spot = f"f{self.number}-{random.randrange(2)}"
        now = self.now(spot)
        if now is None:
            return spot, "active"
        return spot, None if now == "seated" or random.random() < 0.3 else "seated"

    def send(self, link, spot, value, key):
        fields = self.case.fields(spot, {})
        if value == "active":
            return link.post("activate_license", **fields)
        if value == "seated":
            return link.get("check_license", **fields)
        return link.post("deactivate_license", **fields)

    def read(self, link, spot):
        rows = link.staff.get("devices/", license=self.case.id, hardware_id=spot)["results"]
        if not rows or not rows[0]["active"]:
            return None
        return "seated" if rows[0]["floating_until"] else "active"

    def repeat(self, link, spot, value, key):
        """A device that is gone cannot be sent away again."""
        return None if self.now(spot) == value else self.change(link, spot, value, key)


class Carried(Book):
    """Devices without a network; spot: device, True when active. A file that was answered gets
    the same answer after every crash; one that was not is handed in again."""

    keyed = False

    def __init__(self, number, case):
        super().__init__()
        self.number, self.files = number, Files(case)
        self.made, self.last = {}, {}

    def absent(self):
        return False

    def choose(self, random):
        spot = f"o{self.number}-{random.randrange(2)}"
        return spot, not self.now(spot, False)

    def send(self, link, spot, value, key):
        self.files.make = Maker(link.v4)
        make = self.files.activation if value else self.files.deactivation
        endpoint = self.files.endpoint("activate" if value else "deactivate")
        body = self.made[key] = self.made.get(key) or make(spot)
        answer = self.files.upload(endpoint, body, client=link.v4)
        if answer.status == 200:
            link.done[endpoint] += 1
            self.last[spot] = endpoint, body, answer.body
            del self.made[key]
        return answer

    def read(self, link, spot):
        rows = link.staff.get("devices/", license=self.files.case.id, hardware_id=spot)["results"]
        return bool(rows) and rows[0]["active"]

    def compare(self, link):
        sure = self.touched - {self.open and self.open[0]}
        super().compare(link)
        for spot in sure & set(self.last):
            endpoint, body, told = self.last[spot]
            again = self.files.upload(endpoint, body, client=link.v4)
            assert (again.status, again.body) == (200, told), (spot, again, told)


class Counted(Book):
    """A counter that only this client raises: by add_consumption, and with a deactivation."""

    keyed = False

    def __init__(self, case):
        super().__init__()
        self.case = case

    def begin(self, link):
        link.post("activate_license", **self.case.fields("counted", {}))
        super().begin(link, "total")

    def choose(self, random):
        self.amount = random.randrange(1, 9)
        self.giving_back = self.cycle((False, False, True))
        return "total", self.now("total") + self.amount

    def send(self, link, spot, value, key):
        fields = self.case.fields("counted", {"consumptions": self.amount})
        if not self.giving_back:
            return link.post("add_consumption", **fields)
        answer = link.post("deactivate_license", **fields)
        if answer.status == 200:
            self.told["total"] = [value]
            self.open = None
            again = link.post("activate_license", **self.case.fields("counted", {}))
            assert again.status == 200, again
        return answer

    def read(self, link, spot):
        return link.staff.get(f"licenses/{self.case.id}/")["total_consumptions"]

    def settle(self, link):
        """Nobody can repeat a consumption: what was read is what counts from here."""
        if self.open:
            self.told["total"] = [self.found]
            self.open = None
        link.post("activate_license", **self.case.fields("counted", {}))
        self.touched.clear()


class Shared(Book):
    """One counter that all raise: the sum of what was told, plus what was not."""

    keyed = False

    def __init__(self, number, case):
        super().__init__()
        self.case, self.device = case, f"shared-{number}"
        self.sure = self.unsure = 0

    def begin(self, link):
        assert link.post("activate_license", **self.case.fields(self.device, {})).status == 200

    def turn(self, link, random):
        amount = random.randrange(1, 5)
        self.unsure = amount
        answer = link.post("add_consumption", **self.case.fields(self.device,
                                                                 {"consumptions": amount}))
        assert answer.status == 200, answer
        self.unsure = 0
        self.sure += amount
        self.acknowledged += 1

    def compare(self, link):
        pass

    def unanswered(self):
        pass

    def settle(self, link):
        pass


class Password(Book):
    """One user's password, changed by the user and set by staff in two ways."""

    keyed = False

    def __init__(self, manage, user_product):
        super().__init__()
        self.case = UserCase(manage, user_product, allow_unlimited_activations=True)
        (user,) = manage.get("license-users/", email=self.case.email)["results"]
        self.id = user["id"]
        self.told["password"] = [PASSWORDS[0]]

    def choose(self, random):
        self.way = self.cycle((0, 1, 2))
        return "password", PASSWORDS[1 - PASSWORDS.index(self.now("password"))]

    def send(self, link, spot, value, key):
        place, body = {"id": self.id}, {"password": value}
        if self.way == 0:
            return link.staff.change(key, "POST", "license-users/{id}/set_password/", place, body)
        if self.way == 1:
            return link.staff.change(key, "POST", "license-users/set_password/", place, body,
                                     email=self.case.email)
        old = PASSWORDS[1 - PASSWORDS.index(value)]
        return link.post("change_password", username=self.case.email, password=old,
                         new_password=value)

    def read(self, link, spot):
        """The first that fits of those that it may be."""
        for password in self.told[spot]:
            fields = self.case.fields("pw", {"password": password})
            if link.post("activate_license", **fields).status == 200:
                return password
        return None

    def repeat(self, link, spot, value, key):
        if self.way == 2 and self.now(spot) == value:
            return None
        return self.change(link, spot, value, key)
