#include "server/api/portal.h"

static const struct words {
	enum err err;
	struct portal_words words;
} list[] = {
#define WORDS(name, what, next) { E_##name, { what, next } },
#include "server/api/portal_words.def"
#undef WORDS
};

struct portal_words
portal_words_of(enum err err)
{
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (list[i].err == err)
			return list[i].words;
	return (struct portal_words){ err_info(err)->message,
		"Make a new request on the machine. If it stays so, tell the vendor of "
		"your "
		"software the code below." };
}

void
portal_put_fault(struct buf *b, enum err err, int retry_after, const char *more)
{
	struct portal_words words = portal_words_of(err);
	char seconds[16];

	HTML(b,
	    "<section class=\"notice bad\" role=\"alert\">\n<h2>{}</h2>\n"
	    "<p>{}</p>\n",
	    slice_str(words.what), slice_str(words.next));
	if (retry_after > 0) {
		snprintf(seconds, sizeof(seconds), "%d", retry_after);
		HTML(b, "<p>Time to wait: {} seconds.</p>\n", slice_str(seconds));
	}
	if (more)
		HTML(b, "<p>Exactly: <strong>{}</strong></p>\n", slice_str(more));
	HTML(b,
	    "<p class=\"hint\">Code for the vendor: <code>{}</code></p>\n</section>\n",
	    slice_str(err_code(err)));
}
