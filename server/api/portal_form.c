#include "server/api/portal.h"

static const char file_part[] =
    "<section class=\"card\" id=\"drop\">\n"
    "<h2><label for=\"file\">Choose a file</label></h2>\n"
    "<p id=\"file-hint\">The file that the program on the machine made; its name often "
    "ends in <code>.lreq</code> or <code>.ldea</code>. <span class=\"script\">Or drop it "
    "here; a picture of a code will do, too.</span></p>\n"
    "<input type=\"file\" id=\"file\" name=\"file\" multiple "
    "aria-describedby=\"file-hint\">\n</section>\n";

static const char code_part[] =
    "<section class=\"card script\" id=\"scan\" aria-labelledby=\"scan-title\">\n"
    "<h2 id=\"scan-title\">Scan a code</h2>\n"
    "<p>Hold the code on the machine's screen in front of your camera, or take a photo "
    "of "
    "it. If there are several codes, take one after the other in any order.</p>\n"
    "<p class=\"row\"><button type=\"button\" id=\"camera\">Use the camera</button>\n"
    "<button type=\"button\" id=\"picture\">Take or choose a photo</button></p>\n"
    "<input type=\"file\" id=\"photo\" accept=\"image/*\" multiple hidden>\n"
    "<div id=\"view\" hidden><video id=\"video\" playsinline muted "
    "aria-label=\"What the camera sees\"></video>\n"
    "<p class=\"row\"><button type=\"button\" id=\"stop\">Stop the camera</button></p>"
    "</div>\n"
    "<p id=\"progress\" role=\"status\"></p>\n"
    "<progress id=\"bar\" aria-label=\"Codes scanned\" hidden></progress>\n</section>\n"
    "<noscript><p class=\"hint\">Codes are read here by JavaScript, which is off in this "
    "browser. Use the file, or let another program read the code and paste its text."
    "</p></noscript>\n";

static void
put_text_part(struct buf *b, const char *title, struct slice text)
{
	HTML(b,
	    "<section class=\"card\">\n<h2><label for=\"text\">{}</label></h2>\n"
	    "<p id=\"text-hint\">From <code>BEGIN</code> to <code>END</code>, the text "
	    "of "
	    "codes (<code>LCT1:…</code>), or the numbered lines for typing.</p>\n",
	    slice_str(title));
	HTML(b,
	    "<textarea id=\"text\" name=\"text\" rows=\"{}\" spellcheck=\"false\" "
	    "autocomplete=\"off\" autocapitalize=\"off\" aria-describedby=\"text-hint\">"
	    "\n{}</textarea>\n</section>\n",
	    text.n ? SLICE("8") : SLICE("4"), text);
}

static void
put_intro(struct buf *b, bool is_filled)
{
	if (is_filled) {
		buf_str(b,
		    "<h1>Your request is filled in</h1>\n<p class=\"lead\">Press the "
		    "button to get the answer for your machine.</p>\n");
		return;
	}
	buf_str(b,
	    "<h1>Activate a machine without a network</h1>\n<ol class=\"steps\">\n"
	    "<li>The program on the machine makes a request.</li>\n"
	    "<li><strong>Hand it in here, in any one of three ways.</strong></li>\n"
	    "<li>Take the answer back to the machine.</li>\n</ol>\n"
	    "<p>Renewals, and proofs that a seat is given back, are recognized by "
	    "themselves. One file may hold many requests.</p>\n");
}

static const char form_begin[] = "<form id=\"form\" method=\"post\" action=\"/offline\" "
				 "enctype=\"multipart/form-data\">\n";
static const char submit[] = "<p class=\"row\"><button class=\"primary\" id=\"send\">Get "
			     "the answer</button></p>\n";

void
portal_form_page(struct call *call, enum err err, const char *more, struct slice text)
{
	struct reply *reply = &call->reply;
	struct buf *b = &reply->body;

	page_begin(reply, err ? err_info(err)->http : 200,
	    err ? "Error: offline activation" : "Offline activation");
	reply->err = err;
	if (err) {
		buf_str(b, "<h1>That did not work</h1>\n");
		portal_put_fault(b, err, 0, more);
	} else {
		put_intro(b, text.n > 0);
	}
	buf_str(b, form_begin);
	if (text.n && !err) {
		buf_str(b, submit);
		put_text_part(b, "The request", text);
	} else {
		buf_str(b, file_part);
		buf_str(b, code_part);
		put_text_part(b, "Paste or type the text", text);
		buf_str(b, submit);
	}
	buf_str(b, "</form>\n");
	page_end(reply);
	call_finish(call);
}
