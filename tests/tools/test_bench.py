"""The benchmark's judgment, and its comparison of two runs, on rounds that are made up."""
import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))
import bench_rows  # noqa: E402


def load(per_second, cpu_us=0.0, p50_ms=1.0, p99_ms=2.0):
    return {"per_second": per_second, "cpu_us": cpu_us, "load_us": 1.0,
            "p50_ms": p50_ms, "p99_ms": p99_ms}


def one_round(check_cpu=60.0, activate=9000.0):
    return {"nginx": load(90000.0), "evhttp": load(30000.0, 50.0),
            "check": load(28000.0, check_cpu), "activate": load(activate), "hot": load(8000.0),
            "offline": load(4400.0),
            "mixed_check": load(14000.0, p99_ms=11.0),
            "commit": [{"per_second": 1900, "p50_ms": 0.5}, {"per_second": 2100, "p50_ms": 0.6}],
            "single": load(1000.0, p50_ms=0.8), "rss_idle": 3 << 20, "bytes_license": 700.0}


def test_rows_are_judged_by_their_yardstick():
    rows = bench_rows.evaluate({1000: [one_round()]})
    assert rows["S1"]["goal"] == 1.35 * 50 and rows["S1"]["met"]
    assert rows["S1_rate"]["goal"] == 27000 and rows["S1_rate"]["met"]
    assert rows["S3"]["yardstick"] == 2000 and rows["S3"]["goal"] == 8000 and rows["S3"]["met"]
    assert rows["S10"]["yardstick"] == 9000 and rows["S10"]["goal"] == 4500 and rows["S10"]["met"] is False
    assert rows["S7"]["value"] == 11.0 and rows["S7"]["met"] is False
    assert abs(rows["S8"]["goal"] - 0.85) < 1e-9 and rows["S8"]["met"]
    assert rows["Z1"]["met"] and rows["Z3"]["met"] is False


def test_one_size_alone_has_its_own_goal():
    assert "S4" not in bench_rows.evaluate({1000: [one_round()]})
    assert bench_rows.evaluate({1000000: [one_round()]}, "S3,S4").keys() == {"S4"}


def test_the_median_of_the_rounds_counts():
    rounds = [one_round(activate=n) for n in (100.0, 8500.0, 9000.0, 20000.0, 300.0)]
    row = bench_rows.evaluate({1000: rounds})["S3"]
    assert row["value"] == 8500 and row["met"]
    assert row["raw"]["value"] == [100.0, 8500.0, 9000.0, 20000.0, 300.0]


def test_a_row_is_met_at_every_size_or_not_at_all():
    rounds = {1000: [one_round()], 1000000: [one_round(check_cpu=79.0, activate=9900.0)]}
    rows = bench_rows.evaluate(rounds)
    assert rows["S1"]["licenses"] == 1000000 and rows["S1"]["met"] is False
    assert [rows["S1"]["sizes"][n]["met"] for n in (1000, 1000000)] == [True, False]
    assert rows["S9"]["met"] is False and rows["S9"]["yardstick"] == 60.0
    assert rows["S4"]["value"] == 9900 and rows["S4"]["goal"] == 10000 and not rows["S4"]["met"]


def test_only_the_rows_that_are_asked_for():
    assert set(bench_rows.evaluate({1000: [one_round()]}, "S6,Z1")) == {"S6", "Z1"}
    assert bench_rows.steps("S2") == {"unsigned", "nginx"}


def test_comparison(tmp_path):
    for name, activate in (("a", 8000.0), ("b", 12000.0)):
        rows = bench_rows.evaluate({1000: [one_round(activate=activate)]})
        (tmp_path / name).write_text(json.dumps({**rows, "run": {}}), encoding="utf-8")
    done = subprocess.run([BENCH / "compare", tmp_path / "a", tmp_path / "b"], capture_output=True,
                          text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("S3 "))
    assert "+50 %" in line and "8000 1/s" in line and "12000 1/s" in line
