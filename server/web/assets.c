#include "server/web/assets.h"

const struct asset *
asset_find(struct slice name)
{
	for (size_t i = 0; i < assets_n; i++)
		if (slice_is(name, assets[i].name))
			return &assets[i];
	return NULL;
}
