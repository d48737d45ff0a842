"""Licenses of the test world in the forms of license-api-v4.md 8.1 and 8.2."""
from v4_wire import KEY

CUSTOMER = {"email": "ops@example.com", "company_name": "Example d.o.o.", "reference": "",
            "phone": "", "first_name": "Ana", "last_name": "Čabraja", "city": "Čakovec",
            "postcode": "40000", "state": "", "country": "HR", "address": "",
            "customer_account": None, "metadata": {}}
FILE = {"id": 4401, "channel": None, "environment": "linux64", "version": "2.5.0",
        "installation_file": "https://dl.example.com/edit-2.5.0.tar.gz",
        "hash_md5": "9e107d9d372bb6826bd81d3542a419d6", "eula_link": "",
        "release_date": "2025-06-01T00:00:00.000Z", "requires_version": None,
        "size": 18874368, "release_notes_link": ""}
PDF = {"id": 3301, "code": "pdf", "name": "PDF export", "feature_type": "activation",
       "expiry_date": None, "metadata": {}, "is_floating": False,
       "is_floating_cloud": False, "is_expired": False}
NAMES = {21: "Suite", 22: "Edit", 23: "View", 24: "Team", 25: "Pool", 31: "Tied",
         32: "Crew"}
TYPES = {21: "perpetual", 22: "time-limited", 23: "consumption", 24: "perpetual",
         25: "perpetual", 31: "perpetual", 32: "perpetual"}
SEATS = {21: 2, 22: 1, 23: 2, 24: 3, 25: 5, 31: 1, 32: 3}


class License:
    """What is known of one license and the calling device's activation."""

    def __init__(self, product, device, **more):
        self.product, self.device = product, device
        self.times = 1
        self.transfers = 0
        self.validity = "2026-07-04T10:56:13.412Z" if product == 22 else None
        self.total = 0
        self.user = None
        self.overages = (False, 0)
        self.max_transfers = -1 if product == 31 else 0
        self.__dict__.update(more)

    def allowances(self):
        return {"allow_grace_period": False, "allow_overages": self.overages[0],
                "allow_unlimited_activations": False, "allow_offline_activation": True,
                "can_borrow": False}

    def method(self):
        return "user" if self.user else "license_key"

    def meter(self):
        if self.product != 23:
            return {}
        return {"max_consumptions": 500, "allow_unlimited_consumptions": False,
                "total_consumptions": self.total, "reset_consumption": True,
                "consumption_period": "monthly", "allow_negative_consumptions": False}

    def long_details(self):
        p = self.product
        return {"product_id": p, "product_name": NAMES[p], "short_code": NAMES[p].lower(),
                "allow_trial": False, "trial_days": 0,
                "authorization_method": self.method(), "allow_overages": False,
                "max_overages": 0, "prevent_vm": False, "validity_period": None,
                "floating_timeout": 120, "company_id": 11, "metadata": {}}

    def short_details(self):
        d = self.long_details()
        return {k: d[k] for k in ("product_id", "product_name", "short_code",
                                  "authorization_method", "metadata")}

    def key(self):
        return {} if self.user else {"license_key": KEY}

    def features(self):
        return [PDF] if self.product == 22 else []

    def activation(self, hardware_id, username=None, variables=None):
        p, floating = self.product, self.product == 25
        d = {"id": p + 1180, "active": True, **self.allowances(), "custom_fields": [],
             "customer": CUSTOMER, "company": {"id": 11}, "device_id": self.device,
             "enable_maintenance_period": False, "floating_timeout": 120}
        if floating:
            d["floating_users"] = 1
        d.update({"grace_period": None, "is_air_gapped": False, "is_expired": False,
                  "is_floating_cloud": floating, "is_floating": False,
                  "is_hardware_key_auth": False, "is_trial": False, **self.key(),
                  "license_type": TYPES[p], "license_template_id": p + 10,
                  "maintenance_period": None, "max_activations": SEATS[p],
                  "max_borrow_time": 0, "max_overages": self.overages[1],
                  "max_transfers": self.max_transfers,
                  "metadata": {}, "prevent_vm": False,
                  "product_details": self.long_details(),
                  "product_features": self.features(), "start_date": None,
                  "times_activated": self.times, "transfer_count": self.transfers,
                  "validity_period": self.validity, **self.meter()})
        if self.user:
            d.update({"max_license_users": 1, "user": self.user})
        d["request"] = "activation"
        if self.user:
            d["username"] = username
        d["hardware_id"] = hardware_id
        if floating:
            d["floating_in_use"] = False
        d["installation_file"] = FILE if p == 22 else None
        if variables is not None:
            d["variables"] = variables
        return d

    def check(self, in_use=0, metadata_string=False):
        p, floating = self.product, self.product == 25
        d = {"id": p + 1180, **self.allowances(), "enable_maintenance_period": False,
             "floating_timeout": 120}
        if floating:
            d.update({"floating_users": 1, "floating_in_use_devices": in_use})
        d.update({"grace_period": None, "is_air_gapped": False,
                  "is_floating_cloud": floating, "is_floating": False,
                  "is_hardware_key_auth": False, "is_trial": False,
                  "license_active": True, "license_enabled": True, **self.key(),
                  "license_template_id": p + 10, "license_type": TYPES[p],
                  "maintenance_period": None, "max_activations": SEATS[p],
                  "max_borrow_time": 0, "max_license_users": 1,
                  "max_overages": self.overages[1],
                  "max_transfers": self.max_transfers, "order_store_id": "so-77", "prevent_vm": False,
                  "start_date": None, "times_activated": self.times,
                  "transfer_count": self.transfers, "validity_period": self.validity,
                  "metadata": {}})
        if metadata_string:
            d["metadata_string"] = "{}"
        d.update({"custom_fields": [], "product_features": self.features(),
                  "customer": CUSTOMER, "company": {"id": 11},
                  "product_details": self.short_details()})
        if self.user:
            d["user"] = self.user
        d.update({**self.meter(), "is_expired": False, "device_id": self.device,
                  "is_borrowed": False, "borrowed_until": None})
        f = FILE if p == 22 else {"channel": "", "size": None, "release_date": None,
                                  "requires_version": None}
        for name in ("version", "installation_file", "release_date", "hash_md5",
                     "requires_version", "environment", "eula_link",
                     "release_notes_link", "size", "channel"):
            d[name] = f.get(name, "")
        return d

    def counter(self):
        m = self.meter()
        return {"id": self.product + 1180, "max_consumptions": 500,
                "allow_unlimited_consumptions": False,
                "allow_negative_consumptions": False, "allow_overages": self.overages[0],
                "max_overages": self.overages[1], "reset_consumption": True,
                "consumption_period": "monthly", "total_consumptions": m["total_consumptions"],
                "company": {"id": 11}}


# --- refusals as code and message ----------------------------------------------------

NO_SEAT = ("license_activated_max_times", "All activations of this license are in use")
CLONE = ("license_device_exists", "This device is already active on the license")
INACTIVE = ("license_not_active", "The license is not active on this device")
NOT_FOUND = ("license_not_found", "No license for this key or user")
MISSING = ("missing_parameters", "A required parameter is missing")
INVALID = ("validation_error", "A parameter has a wrong type, form or range")
UNKNOWN_DEVICE = ("device_not_found", "The license was never activated on this device")

VIEW = {"product_id": 23, "product_name": "View", "short_code": "view",
        "allow_trial": False, "trial_days": 0, "authorization_method": "license_key",
        "floating_timeout": 120, "allow_overages": False, "max_overages": 0,
        "prevent_vm": False, "metadata": {}, "company": {"id": 11}}
DETAILS = "/api/v4/product_details?product=view"
