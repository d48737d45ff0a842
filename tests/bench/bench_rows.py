"""The rows of goals.md: what of the rounds each one compares with what, and how they are printed.
S11 (liblicet) is tests/bench/licet_check."""
import statistics

MIB = 1 << 20


def commit(name):
    return lambda r: statistics.mean(c[name] for c in r["commit"])


def of(load, name):
    return lambda r: r[load][name]


def fact(name):
    return lambda r: r[name]


def times(factor):
    return lambda yardstick: factor * yardstick


def plain(goal):
    return lambda yardstick: goal


EACH, SMALLEST, LARGEST = "each", "smallest", "largest"
LARGE = 100000  # a store of one size alone is held against S4 from here on, else against S3

# Name, steps that it needs, sizes, what, unit, value, yardstick, goal from it, sign.
ROWS = [
    ("S1", "check evhttp", EACH, "check, signed: CPU a request / evhttp and a signature", "µs",
     of("check", "cpu_us"), of("evhttp", "cpu_us"), times(1.35), "<="),
    ("S1_cold", "check evhttp", EACH, "the same just after the start", "µs",
     of("check_cold", "cpu_us"), of("evhttp", "cpu_us"), None, None),
    ("S1_rate", "check nginx", EACH, "check, signed / nginx", "1/s",
     of("check", "per_second"), of("nginx", "per_second"), times(0.30), ">="),
    ("S2", "unsigned nginx", EACH, "check, unsigned / nginx", "1/s",
     of("unsigned", "per_second"), of("nginx", "per_second"), times(0.50), ">="),
    ("S3", "activate commit", SMALLEST, "activate, 64 connections / single commits", "1/s",
     of("activate", "per_second"), commit("per_second"), times(4), ">="),
    ("S4", "activate commit", LARGEST, "activate, 64 connections / single commits", "1/s",
     of("activate", "per_second"), commit("per_second"), times(5), ">="),
    ("S4_256", "activate_256 commit", LARGEST, "activate, 256 connections / single commits", "1/s",
     of("activate_256", "per_second"), commit("per_second"), times(7), ">="),
    ("S5", "bundle activate", EACH, "activate a bundle of 8 / activate", "1/s",
     of("bundle", "per_second"), of("activate", "per_second"), times(0.3), ">="),
    ("S6", "hot activate", EACH, "activate, one hot license / activate", "1/s",
     of("hot", "per_second"), of("activate", "per_second"), times(0.8), ">="),
    ("S7", "mixed check activate", EACH, "check p99, half load beside half load", "ms",
     of("mixed_check", "p99_ms"), None, plain(10), "<="),
    ("S8", "single commit", EACH, "one client: activate p50 / single commit", "ms",
     of("single", "p50_ms"), commit("p50_ms"), lambda y: y + 0.3, "<="),
    ("S10", "offline activate", SMALLEST, "offline activations signed, 64 connections / activate",
     "1/s", of("offline", "per_second"), of("activate", "per_second"), times(0.5), ">="),
    ("S8_p99", "single commit", EACH, "one client: activate p99", "ms",
     of("single", "p99_ms"), commit("p50_ms"), None, None),
    ("password", "password", EACH, "activate by user and password", "1/s",
     of("password", "per_second"), None, None, None),
    ("Z1", "server", LARGEST, "memory idle", "bytes", fact("rss_idle"), None, plain(8 * MIB), "<="),
    ("Z1_loaded", "server", LARGEST, "memory after load", "bytes",
     fact("rss_loaded"), None, None, None),
    ("Z2", "idle", LARGEST, "memory, 10,000 idle connections", "bytes",
     fact("rss_10000"), None, plain(64 * MIB), "<="),
    ("Z3", "space", LARGEST, "disk for a license with activation, without audit", "bytes",
     fact("bytes_license"), None, plain(620), "<="),
    ("Z3_audit", "space", LARGEST, "disk for their audit entries", "bytes",
     fact("bytes_audit"), None, None, None),
    ("Z3_activation", "space", LARGEST, "disk for one more activation, without audit", "bytes",
     fact("bytes_activation"), None, None, None),
    ("Z4", "server", LARGEST, "start to /readyz after a clean stop", "s",
     fact("start_clean_s"), None, plain(0.1), "<="),
    ("Z4_killed", "server", LARGEST, "start to /readyz after kill -9", "s",
     fact("start_killed_s"), None, plain(0.1), "<="),
    ("Z5", "binary", SMALLEST, "licetd, stripped", "bytes",
     fact("binary"), None, plain(1.5 * MIB), "<="),
    ("Z6", "demo", SMALLEST, "clone to first activation, packages installed", "s",
     fact("demo_s"), None, plain(120), "<="),
    ("Z6_again", "demo", SMALLEST, "the same once more", "s",
     fact("demo_again_s"), None, plain(15), "<="),
]


def selected(only):
    """Rows whose name or goal (S4 of S4_256) is asked for; all without a wish."""
    wanted = set(only.split(",")) if only else None
    return [r for r in ROWS if not wanted or {r[0], r[0].partition("_")[0]} & wanted
            or ("S9" in wanted and r[0] == "S1")]


def steps(only):
    return {step for row in selected(only) for step in row[1].split()}


def make(spec, rounds):
    """One row; rounds that lack the figure (taken once in a run) are passed over."""
    _, _, _, what, unit, value, yardstick, goal, sign = spec
    raw = {"value": found(value, rounds), "yardstick": found(yardstick, rounds)}
    if not raw["value"]:
        return None
    middle = statistics.median(raw["value"])
    base = statistics.median(raw["yardstick"]) if raw["yardstick"] else None
    limit = goal(base) if goal else None
    return {"value": middle, "yardstick": base, "goal": limit, "met": judged(middle, limit, sign),
            "unit": unit, "what": what, "raw": raw}


def found(get, rounds):
    result = []
    for one in rounds if get else []:
        try:
            result.append(get(one))
        except KeyError:
            continue
    return result


def judged(value, limit, sign):
    if sign is None:
        return None
    return value <= limit if sign == "<=" else value >= limit


def growth(small, large):
    """S9 from the check CPU of both sizes."""
    return {"value": large["value"], "yardstick": small["value"], "goal": 1.3 * small["value"],
            "met": large["value"] <= 1.3 * small["value"], "unit": "µs",
            "what": "check, signed: CPU a request / that of the small store",
            "raw": {"value": large["raw"]["value"], "yardstick": small["raw"]["value"]}}


def evaluate(rounds, only=None):
    """Rows by name. One that is measured at each size shows the largest store and holds all of
    them under sizes; it is met when it is at every size."""
    sizes = sorted(rounds)
    rows = {}
    for spec in selected(only):
        at = {EACH: sizes, SMALLEST: sizes[:1], LARGEST: sizes[-1:]}[spec[2]]
        if len(sizes) == 1 and spec[0].startswith("S4" if sizes[0] < LARGE else "S3"):
            continue
        made = {n: row for n in at if (row := make(spec, rounds[n]))}
        if not made:
            continue
        rows[spec[0]] = dict(made[max(made)], licenses=max(made))
        if len(made) > 1:
            rows[spec[0]]["met"] = merged([row["met"] for row in made.values()])
            rows[spec[0]]["sizes"] = made
    if "sizes" in rows.get("S1", {}) and (not only or "S9" in only.split(",")):
        by_size = rows["S1"]["sizes"]
        rows["S9"] = dict(growth(by_size[sizes[0]], by_size[sizes[-1]]), licenses=sizes[-1])
    return rows


def merged(met):
    return None if None in met else all(met)


def amount(value, unit):
    if value is None:
        return ""
    if unit == "bytes":
        return f"{value / MIB:.2f} MiB" if value >= 100000 else f"{value:.0f} B"
    form = ".0f" if unit == "1/s" and value >= 100 else ".1f" if unit == "µs" else ".3g"
    return f"{value:{form}} {unit}"


def lines_of(name, row):
    for licenses, one in sorted(row.get("sizes", {row["licenses"]: row}).items()):
        ratio = one["value"] / one["yardstick"] if one["yardstick"] else None
        yield [name, one["what"], f"{licenses:,}", amount(one["value"], one["unit"]),
               amount(one["yardstick"], one["unit"]), f"{ratio:.2f}" if ratio else "",
               amount(one["goal"], one["unit"]),
               {None: "", True: "met", False: "NOT MET"}[one["met"]]]


def order(name):
    return (name[0] == "p", name[0], name)


def print_table(head, lines, left):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, ["-" * w for w in widths], *lines]:
        print("  ".join(text.ljust(w) if i in left else text.rjust(w)
                        for i, (text, w) in enumerate(zip(line, widths))).rstrip())


def print_rows(rows):
    lines = [line for name in sorted(rows, key=order) for line in lines_of(name, rows[name])]
    print_table(["row", "what", "licenses", "value", "yardstick", "ratio", "goal", ""], lines,
                {0, 1, 7})


LOADS = ["nginx", "evhttp", "unsigned", "check", "activate", "activate_256", "hot", "bundle",
         "password", "offline", "single", "mixed_check", "mixed_activate"]
FIGURES = ["per_second", "cpu_us", "load_us", "p50_ms", "p99_ms"]


def middle(values, digits):
    return f"{statistics.median(values):.{digits}f}" if values else ""


def print_loads(rounds):
    lines = []
    for licenses in sorted(rounds):
        for load in LOADS:
            values = [found(of(load, figure), rounds[licenses]) for figure in FIGURES]
            if values[0]:
                lines.append([load, f"{licenses:,}", *map(middle, values, (0, 1, 1, 2, 2))])
        rates = found(commit("per_second"), rounds[licenses])
        if rates:
            p50 = found(commit("p50_ms"), rounds[licenses])
            lines.append(["single commit", f"{licenses:,}", middle(rates, 0), "", "",
                          middle(p50, 2), ""])
    print_table(["load", "licenses", "per second", "CPU µs", "generator µs", "p50 ms", "p99 ms"],
                lines, {0})
