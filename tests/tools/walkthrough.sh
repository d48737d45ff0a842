#!/bin/sh
# A day with both programs, from an empty directory to a verified store: the commands as a
# person types them, exit codes and picked values compared, and of each sample below a command
# the first word of every line found in the output, in this order.
set -eu
umask 077; W=$(mktemp -d); OWNER=owner@acme.example CUSTOMER=lab@client.example HW1=pc-1 HW2=pc-2 HW3=pc-3
PID=
finish() {
	code=$?
	if [ -n "$PID" ] && kill -TERM "$PID" 2>/dev/null; then wait "$PID" || true; fi
	[ "$code" -eq 0 ] || cat "$W/log" "$W/said" >&2 || true
	rm -rf "$W"
	exit "$code"
}
trap finish EXIT
: >"$W/log"

# sample FILE <SAMPLE
sample() {
	awk 'NR == FNR { want[++n] = $1; next }
		i < n && $1 == want[i + 1] { i++ }
		END { if (i < n) { print "no line begins with: " want[i + 1]; exit 1 } }' - "$1"
}

export LICET_DATA="$W/data"                     # both programs find data directory and socket here
head -c 24 /dev/urandom | base64 >"$W/pass"
licetd init --name "Acme GmbH" --owner "$OWNER" --passphrase-file "$W/pass" >"$W/said"
sample "$W/said" <<'END'
data     …/data
vendor   Acme GmbH
root     5d1e0c77a9b3f214 fingerprint 5d1e0c77a9b3f2146bb0…(64 hex)
issuing  90aa41c5d27e6b18 certified
box      1f6de0924c83b757 certified
owner    owner@acme.example, no password yet
next     licetd serve
END

licetd serve --set server.listen=127.0.0.1:0 --set admin.listen=127.0.0.1:0 >"$W/out" 2>"$W/log" &
PID=$!
until grep -q '^ready ' "$W/out"; do kill -0 "$PID"; sleep 0.1; done
BASE=$(sed -n 's/^ready public=\([^ ]*\).*/\1/p' "$W/out")
licet product add editor --name "Acme Editor"
licet product add render --name "Acme Render"
licet bundle add studio --name "Acme Studio" --member editor --member render
licet policy add studio-2 --product studio --type perpetual --seats 2 --offline-lease-days 90
licet customer add "$CUSTOMER" --company "Client Lab"
L=$(licet license issue studio --policy studio-2 --customer "$CUSTOMER" --key-out "$W/license.key" --field id)
licet license show "$L" >"$W/said"
sample "$W/said" <<'END'
license   1
product   studio (Acme Studio), members 2 editor, 3 render
key       7Q2MK-…-7JTP9
customer  lab@client.example (Client Lab)
type      perpetual
seats     0 of 2
offline   allowed, lease 90 days
END
grep -qx 'product   studio (Acme Studio), members 2 editor, 3 render' "$W/said"
grep -qx 'customer  lab@client.example (Client Lab)' "$W/said"
grep -qx 'seats     0 of 2' "$W/said"
grep -qx 'offline   allowed, lease 90 days' "$W/said"
test "$(licet license show "$L" --field license_key)" = "$(cat "$W/license.key")"

licet key add app --out "$W/app.key"
test "$(stat -c %a "$W/app.key")" = 600
licet key sign "$W/app.key" >"$W/headers"
curl -sS --fail-with-body -H @"$W/headers" -H 'Content-Type: application/json' -d @- \
  "$BASE/api/v4/activate_bundle" >"$W/online.json" <<EOF
{"hardware_id":"$HW1","product":"studio","license_key":"$(cat "$W/license.key")"}
EOF
test "$(jq -r '[.[].product_details.short_code] | join(" ")' "$W/online.json")" = "studio editor render"

# by file; $W/dev plays the machine without network
licet keys export root --out "$W/root.pem"
licet keys export box --out "$W/box.lkey"
licet keys verify "$W/box.lkey" --root "$W/root.pem" | grep -q '^ok  key certificate: box key '
licet offline keygen --dir "$W/dev" --root "$W/root.pem" --box "$W/box.lkey"
licet offline request --dir "$W/dev" --product studio --bundle --hardware-id "$HW2" --license-key-file "$W/license.key" --out "$W/a.lreq"
licet offline answer "$W/a.lreq" --out "$W/a.lact" >"$W/said"
licet offline verify --dir "$W/dev" --hardware-id "$HW2" --install "$W/a.lact" >>"$W/said"
sample "$W/said" <<'END'
request   4f1d22c09be701aa… activate studio on pc-2
serial    1
licenses  1 studio, 2 editor, 3 render
lease     until 2026-05-30 (90 days)
ok        studio on pc-2, 3 licenses, serial 1
signed    90aa41c5d27e6b18, certified by root 5d1e0c77a9b3f214
lease     until 2026-05-30 (90 days)
END
grep -qx 'request   [0-9a-f]\{16\}… activate studio on pc-2' "$W/said"
grep -qx 'licenses  1 studio, 2 editor, 3 render' "$W/said"
grep -qx 'lease     until ....-..-.. (90 days)' "$W/said"
S=$(sed -n 's/^serial *//p' "$W/said")

# by QR: the same answer, no second seat
licet offline qr "$W/a.lreq" --out "$W/req.png"
zbarimg -q --nodbus --raw "$W"/req*.png | licet offline answer - --out "$W/b.lact"
cmp "$W/a.lact" "$W/b.lact"
licet offline qr "$W/b.lact" --out "$W/act.png"
zbarimg -q --nodbus --raw "$W"/act*.png | licet offline verify --dir "$W/dev" --hardware-id "$HW2" -
test "$(licet license show "$L" --field seats_used)" = 2

rc=0; licet explain "$L" --hardware-id "$HW3" >"$W/said" || rc=$?; test "$rc" = 1
D2=$(licet device list --license "$L" --hardware-id "$HW2" --field id)
licet device revoke "$D2" --reason "laptop stolen" >>"$W/said"
test "$(licet license show "$L" --field seats_used)" = 2
licet offline revocations --out "$W/list.lrev"
licet offline verify --dir "$W/dev" --hardware-id "$HW2" --install "$W/list.lrev"
rc=0; licet offline verify --dir "$W/dev" --hardware-id "$HW2" "$W/a.lact" 2>"$W/refused" || rc=$?; test "$rc" = 7
grep -q LICET_E_REVOKED "$W/refused"
licet device release "$D2" --force --reason "lease written off, ticket 4711" >>"$W/said"
licet explain "$L" --hardware-id "$HW3"
sample "$W/said" <<'END'
NO        14  max_activations  2 of 2 seats in use: pc-1, pc-2  <- decides
fix       licet device release 1 --reason TEXT
revoked   pc-2, serial 1, revocation list 2
seat      counted until 2026-05-30; free it now: licet device release 4 --force --reason TEXT
released  pc-2, serial 1
seats     1 of 2
END
grep -q '^NO        14  max_activations  2 of 2 .*: pc-1, pc-2  <- decides$' "$W/said"
grep -qx 'fix       licet device release 1 --reason TEXT' "$W/said"
grep -qx "revoked   pc-2, serial $S, revocation list [0-9]*" "$W/said"
grep -qx "seat      counted until ....-..-..; free it now: licet device release $D2 --force --reason TEXT" "$W/said"
grep -qx "released  pc-2, serial $S" "$W/said"
grep -qx 'seats     1 of 2' "$W/said"

licet audit checkpoint --out "$W/audit.lchk"
licet audit verify --checkpoint "$W/audit.lchk" >"$W/said"
licet check >>"$W/said"
kill -TERM "$PID"; wait "$PID"
PID=
licetd verify >>"$W/said"
sample "$W/said" <<'END'
ok  entries 1-21, head 5f1c09e2…, checkpoint 21 signed by 90aa41c5d27e6b18
ok  ledger 6 rows, 3 licenses, counters equal
ok  records 187, indexes, ledger, audit 1-22, keys 4
END
grep -qx 'ok  ledger 6 rows, 3 licenses, counters equal' "$W/said"
