# Makes C of files. Input: for each file a line "@ NAME", the bytes as `od -An -v -tx1` prints
# them, a line "@ packed" and those of the file by gzip. -v tag=HEX: what names all of them.
# server/web/assets.h says what comes out.
function type(name) {
	if (name ~ /\.js$/) return "text/javascript; charset=utf-8"
	if (name ~ /\.css$/) return "text/css; charset=utf-8"
	if (name ~ /\.svg$/) return "image/svg+xml"
	return "text/plain; charset=utf-8"
}

function finish() { if (n) print "};" }

BEGIN { print "#include \"server/web/assets.h\"\n" }

$1 == "@" {
	finish()
	if ($2 != "packed") name[++n] = $2
	printf "static const unsigned char %s_%d[] = {\n", $2 == "packed" ? "packed" : "body", n
	next
}

{
	for (i = 1; i <= NF; i++) printf "0x%s,", $i
	print ""
}

END {
	finish()
	printf "\nconst char assets_tag[] = \"%s\";\n", tag
	print "const struct asset assets[] = {"
	for (i = 1; i <= n; i++) {
		printf "\t{ \"%s\", \"%s\",\n", name[i], type(name[i])
		printf "\t    { (const char *)body_%d, sizeof(body_%d) },\n", i, i
		printf "\t    { (const char *)packed_%d, sizeof(packed_%d) } },\n", i, i
	}
	print "};"
	print "const size_t assets_n = sizeof(assets) / sizeof(assets[0]);"
}
