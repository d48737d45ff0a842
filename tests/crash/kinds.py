"""Every kind of change in a storm: a function of a client's number that makes its book."""
import books_v4 as v4
from books_offline import Offline
from books_staff import (Assigned, Checkpoints, Enabled, Features, Field, Keys, Logged, Made, Moved, Notes,
                         Switch)
from licetd import unique
from v4 import Case

WHY = {"reason": "the storm"}
DELETE = ("DELETE", "", None, {})
REVOKE = ("POST", "revoke/", WHY, {})


def every(world):
    return v4_kinds(world) + license_kinds(world) + made_kinds(world) + edited_kinds(world)


def own(world, **terms):
    return Case(None, world.manage, world.product, **terms)


def v4_kinds(world):
    return [
        lambda n: v4.Floating(n, world.floating),
        lambda n: v4.Counted(world.consumption()),
        lambda n: v4.Shared(n, world.counter),
        lambda n: Offline(n, world.machines),
        lambda n: v4.Carried(n, own(world, allow_unlimited_activations=True)),
        lambda n: v4.Carried(n, world.carried_set()),
    ]


def single(world, number):
    """Kinds that only some clients have: passwords cost the server an Argon2id run each."""
    if number == 0:
        return [v4.Password(world.manage, world.user_product)]
    if number in (1, 2):
        return [v4.Seats(number, world.users)]
    if number == 4:
        return [Keys()]
    if number == 5:
        return [Checkpoints()]
    return [Field("vendor/", "name")] if number == 3 else []


def license_kinds(world):
    """What staff does with a license, its devices, users and order."""
    return [
        lambda n: Moved(own(world)),
        lambda n: Enabled(own(world).id, own(world).id),
        lambda n: Notes([own(world).id, own(world).id]),
        lambda n: Features(world.manage),
        lambda n: Assigned(world.manage, world.user_product),
        lambda n: Logged(own(world).id),
        lambda n: Field("licenses/{id}/", "note", own(world).id),
        lambda n: Field("orders/{id}/", "note", own(world).license["order"]["id"]),
        lambda n: barred_device(world, own(world)),
    ]


def barred_device(world, case):
    """A device on and off the blacklist of its license."""
    world.link.post("activate_license", **case.fields("device", {}))
    (row,) = world.manage.get("devices/", license=case.id)["results"]
    return Switch("devices/{id}/", row["id"], "blacklisted", ["blacklist/"], ["unblacklist/"])


def mail():
    return unique("m") + "@example.com"


def made_kinds(world):
    """Collections: what names an object, the rest of its body, how it goes again."""
    code = world.product["short_code"]
    item = [{"product_code": code}]
    into = world.manage.post("customers/", {"email": mail()})["id"]
    merge = ("POST", "merge/", {"into": into}, {})
    table = [
        ("customers/", "email", {}, [DELETE, merge]),
        ("customer-accounts/", "code", {"name": "Account"}, [DELETE]),
        ("license-users/", "email", {"first_name": "Ana"}, [DELETE]),
        ("orders/", "id", {"is_test": True, "items": item}, [DELETE], "orders/create_order/"),
        ("licenses/", "license_key", {"product": code}, [DELETE]),
        ("products/", "short_code", {"product_name": "P"}, [DELETE]),
        ("policies/", "code", {"name": "P", "product": code}, [DELETE]),
        ("license-templates/", "code", {"name": "P", "product": code}, [DELETE]),
        ("product-features/", "code", {"name": "F", "product": code,
                                       "feature_type": "activation"}, [DELETE]),
        ("tokens/", "name", {"permissions": ["licenses.read"]}, [REVOKE]),
        ("api-keys/", "name", {}, [REVOKE]),
        ("blacklist/", "hardware_id", {"scope": "vendor", **WHY}, [("DELETE", "", None, WHY)]),
    ]
    return [lambda n, row=row: Made(*row) for row in table]


def edited_kinds(world):
    """Objects of the catalog and of people: a member by PATCH; archived and back."""
    code = world.product["short_code"]
    table = [
        ("products/", "product_name", lambda: {"short_code": unique("s"), "product_name": "P"}),
        ("policies/", "name", lambda: {"code": unique("s"), "name": "P", "product": code}),
        ("license-templates/", "name", lambda: {"code": unique("s"), "name": "P", "product": code}),
        ("product-features/", "name", lambda: {"code": unique("s"), "name": "F", "product": code,
                                               "feature_type": "activation"}),
        ("customers/", "phone", lambda: {"email": mail()}),
        ("customer-accounts/", "name", lambda: {"name": "A", "code": unique("s")}),
        ("license-users/", "first_name", lambda: {"email": mail()}),
        ("api-keys/", "name", lambda: {"name": "A"}),
    ]

    def made(collection, body):
        return world.manage.post(collection, body())["id"]

    kinds = [lambda n, c=c, m=m, b=b: Field(c + "{id}/", m, made(c, b)) for c, m, b in table]
    kinds += [lambda n, c=c, b=b: Switch(c + "{id}/", made(c, b), "is_archived", ["archive/"],
                                         ["unarchive/"]) for c, m, b in table[:4]]
    return kinds
