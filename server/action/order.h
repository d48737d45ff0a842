/* Management of orders (management-api.md 4.2). */
#ifndef LICET_SERVER_ACTION_ORDER_H
#define LICET_SERVER_ACTION_ORDER_H

#include "server/action/issue.h"

extern const struct resource order_resource;

action_fn order_create; /* write: create_order/ */
action_fn order_keys;   /* read: generate_license/ */

/* What an order is made from, beside its licenses. */
struct order_plan {
	struct order order;  /* o.id == 0: to be made */
	struct order before; /* of append */
	bool append;
	bool has_customer;  /* named by the call */
	bool make_customer; /* customer is to be made */
	struct customer customer;
};

/*
 * The member `customer`: an id, an e-mail or an object, found by its e-mail or planned to
 * be made. Faults are collected.
 */
must_check enum err
order_read_customer(struct issue *, struct order_plan *, const struct json *);
/* Customer, order, licenses. */
must_check enum err
order_make(struct issue *, struct order_plan *);

#endif
