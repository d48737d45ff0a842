/* Figures and checks over the whole store (management-api.md 8). */
#ifndef LICET_SERVER_ACTION_REPORT_H
#define LICET_SERVER_ACTION_REPORT_H

#include "server/action/manage.h"

action_fn report_check;    /* read: check/ */
action_fn report_stats;    /* read: stats/ */
action_fn report_series;   /* read: stats/series/ */
action_fn report_expiring; /* read: stats/expiring/ */
action_fn report_top;      /* read: stats/top/ */

#endif
