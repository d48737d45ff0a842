/* One value of an option table: text to member and back (behind base/conf.h). */
#ifndef LICET_BASE_CONF_VALUE_H
#define LICET_BASE_CONF_VALUE_H

#include "base/conf.h"

/*
 * Puts the value into its member of conf. E_CONFIG: *message says what is wrong, in the
 * arena. E_NO_MEMORY.
 */
must_check enum err
conf_value_set(struct arena *, const char *dir, const struct conf_option *,
    struct slice text, void *conf, const char **message);

#endif
