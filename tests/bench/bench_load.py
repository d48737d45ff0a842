"""What tests/bench/run starts and drives: licetd on a copy of a filled store, nginx, evhttp, wrk
and the load program. One run of a load gives per_second, cpu_us (of the server, a request),
load_us (of the generator), p50_ms and p99_ms."""
import base64
import http.client
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import licetd  # noqa: E402

PROGRAMS = licetd.BUILD / "tests/bench"
CLOCK_TICK = os.sysconf("SC_CLK_TCK")
TOUCH_SECONDS = 6  # over the interval of job "touch" in server/job/scheduler.c
WARM_RUNS, WARM_FAULTS = 12, 0.1  # a check
SETTINGS = ["v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0", "admin.rate=0", "offline.rate=0", "log.level=error",
            "server.max_per_address=1000000", "server.max_connections=15000"]


def cpu(pid):
    """Seconds of the process and its children (nginx works in them)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own_cpu(pid) + sum(own_cpu(child) for child in children)


def own_cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICK


def rss(pid):
    """Anonymous memory: the store's pages belong to the file."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"RssAnon:\s+(\d+)", text)[1]) * 1024


def wait_quiet(pid, seconds=180):
    """After a start the whole store is checked beside the work; that shall not be measured."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = own_cpu(pid)
        time.sleep(0.4)
        if own_cpu(pid) - before <= 0.02:
            return


def wait_touched(pid):
    """What checks leave behind is written every few seconds, a page for each device: that belongs
    to the checks, not to the loads behind them."""
    time.sleep(TOUCH_SECONDS)
    wait_quiet(pid)


def minor_faults(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[7])


def warm(server, env, seconds):
    """Checks until the pages of the store that they need are mapped, as they are in a server that
    has run for a while; the figures of the first ones."""
    first = None
    for _ in range(WARM_RUNS):
        before = minor_faults(server.pid)
        found = wrk(server, seconds, env)
        first = first or found
        if minor_faults(server.pid) - before < WARM_FAULTS * found["per_second"] * seconds:
            break
    return first


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def ready_seconds(server):
    """Start of the process to the first 200 of /readyz."""
    began = time.perf_counter()
    server.start()
    while True:
        connection = http.client.HTTPConnection(urlsplit(server.public).netloc, timeout=10)
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return time.perf_counter() - began
        time.sleep(0.001)


class Licetd(licetd.Server):
    def __init__(self, home):
        super().__init__(*SETTINGS, directory=home)

    @property
    def pid(self):
        return self.process.pid


class Unsigned(Licetd):
    """As --dev runs, without signatures, on a directory that is kept."""

    def command(self, wrapper=()):
        return [str(PROGRAMS / "unsigned"), str(self.data), *self.settings, "v4.sign=no"]


class Nginx:
    def __init__(self, home, size):
        home.mkdir()
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        (home / "nginx.conf").write_text(
            f"worker_processes 2; pid {home}/pid; error_log {home}/log; daemon off;\n"
            "events { worker_connections 1024; }\n"
            "http { access_log off; keepalive_requests 100000000;\n"
            f"server {{ listen 127.0.0.1:{port};\n"
            f"location / {{ return 200 '{'x' * size}'; }} }} }}\n", encoding="ascii")
        self.public = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", home / "nginx.conf", "-p", home],
                                        stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        time.sleep(0.5)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Evhttp:
    def __init__(self, answer, base):
        self.process = subprocess.Popen([PROGRAMS / "evhttp", str(answer), str(base)],
                                        stdout=subprocess.PIPE, text=True)
        self.public = self.process.stdout.readline().split()[1]
        self.pid = self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Scene:
    """A filled store: where it lies, and what requests to it need."""

    def __init__(self, home):
        self.home = home
        self.facts = json.loads((home / "scene.json").read_text(encoding="ascii"))
        self.licenses = self.facts["licenses"]

    def env(self, kind, path, product="product", lines="licenses"):
        client = licetd.Client(None, self.facts["api_key"], self.facts["shared_key"], base="-")
        date = client.date()
        return dict(os.environ, BENCH_KIND=kind, BENCH_PATH="/api/v4/" + path, BENCH_DATE=date,
                    BENCH_AUTH=client.authorization(date), BENCH_API_KEY=client.api_key,
                    BENCH_SHARED_KEY=client.shared_key, BENCH_LIST=str(self.home / lines),
                    BENCH_PRODUCT=self.facts[product], BENCH_PASSWORD=self.facts["password"],
                    BENCH_RUN=f"{os.getpid()}-{time.time_ns()}")

    def offline_env(self, requests):
        return dict(os.environ, BENCH_PATH="/offline/v1/activations", BENCH_LIST=str(requests))

    def make_requests(self, out, n):
        """Sealed requests for the licenses of the list, in turn: good for one run on each copy."""
        (box,) = (self.home / "data/keys").glob("box-*.key")
        lines = dict(line.split(": ", 1) for line in box.read_text(encoding="ascii").splitlines()[1:])
        command = [PROGRAMS / "offline_requests", base64.b64decode(lines["public"]).hex(),
                   self.facts["product"], str(n)]
        with open(self.home / "licenses", "rb") as keys, open(out, "wb") as made:
            subprocess.run(command, stdin=keys, stdout=made, check=True)
        return out

    def copy(self, home):
        """A fresh copy, all of it on the disk."""
        home.mkdir()
        subprocess.run(["cp", "-a", "--reflink=auto", self.home / "data",
                        home / "data"], check=True)
        subprocess.run(["sync", "-f", home], check=True)
        return home

    def target(self):
        """check_license for the first license's device."""
        with open(self.home / "licenses", encoding="ascii") as lines:
            first = lines.readline().strip()
        return f"/api/v4/check_license?product={self.facts['product']}&{first}"

    def lengths(self, server):
        """Bytes of that answer's body, and of the text that its signature signs."""
        client = licetd.Client(server, self.facts["api_key"], self.facts["shared_key"])
        date = client.date()
        headers = [("Date", date), ("Authorization", client.authorization(date))]
        connection = client.open()
        try:
            answer = licetd.exchange(connection, "GET", self.target(), headers)
        finally:
            connection.close()
        assert answer.status == 200, answer
        base = licetd.verify_answer.signature_base(
            200, answer.headers["content-digest"][0], ("GET", self.target(), date),
            answer.headers["signature-input"][0].partition("=")[2])
        return len(answer.body), len(base)


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(server, command, env, read):
    """Runs a load against a server; read gives requests and figures from its output."""
    server_cpu, load_cpu = cpu(server.pid), children_cpu()
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    server_cpu, load_cpu = cpu(server.pid) - server_cpu, children_cpu() - load_cpu
    if done.returncode:
        raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    requests, figures = read(done.stdout)
    return {**figures, "cpu_us": server_cpu / max(requests, 1) * 1e6,
            "load_us": load_cpu / max(requests, 1) * 1e6}


def read_wrk(out):
    bad = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", out)
    if bad:
        raise RuntimeError(f"{bad[0]}\n{out}")
    return int(re.search(r"(\d+) requests in", out)[1]), {
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p50_ms": milliseconds(re.search(r"(?m)^\s+50%\s+(\S+)", out)[1]),
        "p99_ms": milliseconds(re.search(r"(?m)^\s+99%\s+(\S+)", out)[1])}


def read_load(out):
    found = json.loads(out)
    figures = ("per_second", "p50_ms", "p99_ms", "max_ms", "late")
    return found["requests"], {k: found[k] for k in figures}


def wrk(server, seconds, env=None, connections=64):
    """Without env: GET /, which is how fast wrk can be."""
    script = ["-s", HERE / "request.lua"] if env else []
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", *script]
    return measured(server, [*command, server.public + "/"], env, read_wrk)


def load_command(server, kind, connections, seconds, rate=None):
    return [PROGRAMS / "load", server.public, kind, str(connections), str(seconds),
            *([f"{rate:.1f}"] if rate else [])]


def load(server, kind, env, connections, seconds):
    return measured(server, load_command(server, kind, connections, seconds), env, read_load)


def mixed(server, seconds, checks, activations):
    """Two open loops beside each other, each (env, rate); the figures of both."""
    running = [subprocess.Popen(load_command(server, kind, 64, seconds, rate), env=env, text=True,
                                stdout=subprocess.PIPE)
               for kind, (env, rate) in (("check", checks), ("activate", activations))]
    outs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError(f"mixed load: {outs}")
    return [dict(read_load(out)[1], rate=rate)
            for out, (_, rate) in zip(outs, (checks, activations))]


def idle_rss(server, env, connections):
    """Memory with so many connections that each made one request and keep silent."""
    command = [PROGRAMS / "load", server.public, "check", str(connections), "idle"]
    process = subprocess.Popen(command, env=env, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    found = json.loads(process.stdout.readline())
    used = rss(server.pid)
    process.communicate("")
    if process.returncode or found["requests"] != connections:
        raise RuntimeError(f"idle connections: {found}")
    return used


def commits(home, licenses, n):
    """Single commits on a copy: per second, and their median in ms."""
    out = subprocess.run([PROGRAMS / "commit", home / "data", str(licenses), str(n)], text=True,
                         env=licetd.clean_env(), capture_output=True, check=True).stdout
    rate, median = (int(x) for x in out.split())
    return {"per_second": rate, "p50_ms": median / 1000}


def space(data):
    out = subprocess.run([PROGRAMS / "space", data / "store/data.mdb"], capture_output=True,
                         text=True, check=True).stdout
    return json.loads(out)


def stripped_size(home):
    subprocess.run(["strip", "-o", home / "stripped", licetd.LICETD], check=True)
    return (home / "stripped").stat().st_size


def demo_seconds(home):
    """A clone, built and run by tools/demo: the first and the second time."""
    took = []
    subprocess.run(["git", "clone", "-q", licetd.TOP, home / "clone"], check=True)
    for _ in range(2):
        began = time.monotonic()
        subprocess.run([home / "clone/tools/demo"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=licetd.clean_env(), check=True)
        took.append(time.monotonic() - began)
    shutil.rmtree(home / "clone")
    return took
