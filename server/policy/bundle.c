#include "server/policy/bundle.h"

int
bundle_first_refusal(const struct bundle_part *part, size_t n, enum err *err)
{
	for (size_t i = 0; i < n; i++) {
		*err = part[i].missing ? E_LICENSE_NOT_FOUND : part[i].err;
		if (*err)
			return (int)i;
	}
	*err = E_OK;
	return -1;
}

enum err
bundle_release(
    const struct bundle_part *part, size_t n, enum err own_device, int *decider)
{
	bool active = false;

	for (size_t i = 0; i < n; i++) {
		if (part[i].missing)
			continue;
		if (part[i].err) {
			*decider = (int)i;
			return part[i].err;
		}
		active = active || part[i].active;
	}
	*decider = active ? -1 : 0;
	return active ? E_OK : own_device;
}
