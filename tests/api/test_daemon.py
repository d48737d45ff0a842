"""licetd as an operator meets it: first start, refusals to start, reload, the end."""
import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
from licetd import LICETD, Client, Server, clean_env, make_product, run
from raw import Reader, connect, read_all
from v4 import ok


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(prefix="licet-d-") as path:
        yield Path(path)


@pytest.fixture
def ready(home):
    """An initialized server that is not running."""
    made = Server(directory=home)
    yield made
    made.kill()


def init(data, *args, **how):
    return run(LICETD, "init", "-D", data, *args, check=False, **how)


def fails(server, code, *words, settings=()):
    """`serve` exits with the code, says the words, and prints no ready line."""
    done = run(LICETD, "serve", *server.options(*settings), check=False, env=server.env())
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr, done.stderr
    return done


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class TestInit:
    def test_first_start(self, home):
        passphrase = home / "pass"
        passphrase.write_text("a dozen bytes and more\n")
        passphrase.chmod(0o600)
        done = init(home / "data", "--name", "Acme GmbH", "--owner", "o@acme.example",
                    "--passphrase-file", passphrase)
        assert done.returncode == 0
        words = [line.split()[0] for line in done.stdout.splitlines()]
        assert words == ["data", "vendor", "root", "issuing", "box", "owner", "next"]
        assert "vendor   Acme GmbH" in done.stdout and "o@acme.example" in done.stdout
        assert mode(home / "data") == 0o700
        for path in (home / "data").rglob("*"):
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path
        names = sorted(p.name.split("-")[0] for p in (home / "data" / "keys").iterdir())
        assert names == ["box", "issuing", "root.key", "store.key"]
        assert b"dozen bytes" not in b"".join(
            p.read_bytes() for p in (home / "data").rglob("*") if p.is_file())

    def test_second_init_changes_nothing(self, home):
        first = init(home / "data", "--unsealed", "--name", "One")
        before = {p: p.read_bytes() for p in (home / "data" / "keys").iterdir()}
        second = init(home / "data", "--unsealed", "--name", "Two")
        assert (first.returncode, second.returncode) == (0, 0)
        assert second.stdout == first.stdout
        assert before == {p: p.read_bytes() for p in (home / "data" / "keys").iterdir()}

    def test_foreign_directory(self, home):
        (home / "data").mkdir(mode=0o700)
        (home / "data" / "letter.txt").write_text("dear")
        done = init(home / "data", "--unsealed")
        assert done.returncode == 5 and "not_empty" in done.stderr
        assert [p.name for p in (home / "data").iterdir()] == ["letter.txt"]

    def test_starts_over_after_a_broken_one(self, home):
        assert init(home / "data", "--unsealed").returncode == 0
        (home / "data" / "init.incomplete").touch(mode=0o600)
        old = (home / "data" / "keys" / "store.key").read_bytes()
        assert init(home / "data", "--unsealed").returncode == 0
        assert not (home / "data" / "init.incomplete").exists()
        assert (home / "data" / "keys" / "store.key").read_bytes() != old

    def test_killed_while_it_runs(self, home):
        """Whenever it is killed: serve refuses, and a later init makes a store of it."""
        for n, wait in enumerate((0.0, 0.02, 0.05, 0.1, 0.2)):
            data = home / f"data{n}"
            process = subprocess.Popen([LICETD, "init", "-D", data, "--unsealed"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            process.kill()
            process.wait()
            assert init(data, "--unsealed").returncode == 0
            assert run(LICETD, "verify", "-D", data, check=False).returncode == 0

    @pytest.mark.parametrize("args,code", [
        ((), 2), (("--unsealed", "--owner", "nobody"), 2), (("--unsealed", "extra"), 2),
        (("--unsealed", "--frobnicate"), 2), (("--passphrase-file", "/nonexistent"), 3)])
    def test_usage(self, home, args, code):
        done = init(home / "data", *args, stdin="")
        assert done.returncode == code, done.stderr
        assert not (home / "data").exists()

    @pytest.mark.parametrize("text,bits,code", [("short\n", 0o600, 2),
                                                ("a dozen bytes and more\n", 0o644, 4)])
    def test_passphrase_file(self, home, text, bits, code):
        (home / "pass").write_text(text)
        (home / "pass").chmod(bits)
        assert init(home / "data", "--passphrase-file", home / "pass").returncode == code

    def test_root_key_elsewhere(self, home):
        done = init(home / "data", "--unsealed", "--root-out", home / "root.key")
        assert done.returncode == 0 and mode(home / "root.key") == 0o600
        assert not (home / "data" / "keys" / "root.key").exists()
        server = Server(directory=home)
        server.start()
        assert server.stop() == 0


class TestRefusals:
    def test_no_store(self, home):
        done = run(LICETD, "serve", "-D", home / "none", check=False)
        assert done.returncode == 3
        assert "no_store" in done.stderr and "licetd init" in done.stderr

    def test_store_of_an_older_version(self, ready):
        file = ready.data / "store" / "data.mdb"
        file.write_bytes(file.read_bytes().replace(b"licet store 2", b"licet store 1"))
        fails(ready, 6, "store_version", "with that version")
        done = run(LICETD, "verify", "-D", ready.data, check=False)
        assert done.returncode == 6 and "store_version" in done.stderr

    def test_open_directory(self, ready):
        ready.data.chmod(0o755)
        fails(ready, 4)

    def test_open_key_file(self, ready):
        (ready.data / "keys" / "store.key").chmod(0o640)
        done = fails(ready, 4)
        assert "store.key" in done.stderr

    def test_wrong_passphrase(self, home):
        server = Server(directory=home, sealed=True)
        other = home / "other"
        other.write_text("another dozen of bytes\n")
        other.chmod(0o600)
        fails(server, 7, "key_error", ".key", settings=[f"keys.passphrase_file={other}"])

    def test_damaged_key(self, ready):
        path = next(p for p in (ready.data / "keys").iterdir() if p.name.startswith("issuing"))
        text = bytearray(path.read_bytes())
        text[len(text) // 2] ^= 1
        path.write_bytes(bytes(text))
        fails(ready, 7, path.name)

    def test_second_server(self, ready):
        ready.start()
        fails(ready, 5, "already_running")
        assert ready.manage.get("status/")
        assert ready.stop() == 0

    def test_busy_address(self, ready):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            fails(ready, 6, "address", settings=[f"server.listen=127.0.0.1:{port}"])

    @pytest.mark.parametrize("setting", [
        "server.listen=0.0.0.0:0", "admin.listen=0.0.0.0:0", "v4.sign=no", "no.such=1",
        "server.threads=x", "log.level=loud"])
    def test_bad_configuration(self, ready, setting):
        done = fails(ready, 2, setting.split("=", maxsplit=1)[0], settings=[setting])
        assert "given twice" not in done.stderr

    def test_damaged_store(self, ready):
        data = ready.data / "store" / "data.mdb"
        data.write_bytes(b"\xff" * 8192 + data.read_bytes()[8192:])
        fails(ready, 7, "damaged", "licetd restore")

    def test_clock_far_behind(self, ready):
        for shift, code in (("-10m", 6), ("-9000d", 6)):
            done = subprocess.run(["faketime", "-f", shift, LICETD, "serve", "--set",
                                   "server.listen=127.0.0.1:0"], env=ready.env(
                                       ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0"),
                                  capture_output=True, text=True, timeout=30, check=False)
            assert done.returncode == code, done.stderr
            assert "clock" in done.stderr


class TestConfiguration:
    def check(self, server, *args, **env):
        return run(LICETD, "check-config", *args, check=False, env=server.env(**env))

    def write(self, server, text):
        (server.data / "licetd.conf").write_text(text)

    def test_faults_have_line_numbers(self, ready):
        self.write(ready, "[server]\nthreads = many\nbogus = 1\n\n[log]\nlevel = info\nlevel = warn\n"
                          "[server]\nidle_timeout = 0ms\n")
        done = self.check(ready)
        path = ready.data / "licetd.conf"
        assert done.returncode == 2
        lines = done.stdout.splitlines()
        for n, key in ((2, "server.threads"), (3, "server.bogus"), (7, "log.level"),
                       (9, "server.idle_timeout")):
            assert any(line.startswith(f"{path}:{n}: {key}: ") for line in lines), done.stdout
        assert len(lines) == 4

    def test_good(self, ready):
        done = self.check(ready)
        assert (done.returncode, done.stdout) == (0, "ok\n")

    def test_origin_and_precedence(self, ready):
        def origin(*args, **env):
            done = self.check(ready, "--show-origin", *args, **env)
            assert done.returncode == 0, done.stdout
            return {x[0]: (x[1], x[-1]) for x in map(str.split, done.stdout.splitlines())
                    if len(x) > 2}

        assert origin()["log.level"] == ("info", "default")
        self.write(ready, "[log]\nlevel = warn\n")
        assert origin()["log.level"] == ("warn", "file")
        assert origin(LICET_LOG_LEVEL="error")["log.level"] == ("error", "env")
        found = origin("--set", "log.level=debug", LICET_LOG_LEVEL="error")
        assert found["log.level"] == ("debug", "option")

    def test_unknown_environment_name(self, ready):
        done = self.check(ready, LICET_LOG_LEVLE="info")
        assert done.returncode == 2 and "LICET_LOG_LEVLE" in done.stdout

    def test_secret_settings_show_no_secret(self, home):
        server = Server(directory=home, sealed=True)
        word = server.passphrase.read_text(encoding="utf-8").strip()
        done = run(LICETD, "check-config", "--show-origin", env=server.env())
        assert word not in done.stdout

    def test_help_and_version(self):
        for command in ((), ("init",), ("serve",), ("check-config",), ("backup",), ("restore",),
                        ("verify",), ("version",)):
            done = run(LICETD, *command, "--help", env=clean_env())
            assert "licetd" in done.stdout
        assert "licet" in run(LICETD, "-V").stdout
        done = run(LICETD, "serv", check=False)
        assert done.returncode == 2 and "usage" in done.stderr and "serve" in done.stderr


class TestRunning:
    def test_reload_of_a_rate(self, ready):
        conf = ready.data / "licetd.conf"
        conf.write_text("[v4]\nrate = 1/h burst 2\n")
        ready.start()
        code = make_product(ready.manage)["short_code"]
        client = ready.client()
        found = [client.get("product_details", product=code).status for _ in range(3)]
        assert found == [200, 200, 429]
        conf.write_text("[v4]\nrate = 0\n")
        ready.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in ready.log_text())
        assert [client.get("product_details", product=code).status for _ in range(5)] == [200] * 5
        conf.write_text("[v4]\nrate = sometimes\n")
        ready.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reload_refused" in ready.log_text())
        assert client.get("product_details", product=code).status == 200
        assert ready.stop() == 0

    def test_other_signals_are_ignored(self, ready):
        ready.start()
        for number in (signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2):
            ready.process.send_signal(number)
        time.sleep(0.2)
        assert ready.manage.get("status/")
        assert ready.stop(signal.SIGINT) == 0

    def test_term_finishes_what_is_in_flight(self, ready):
        """A request half sent when SIGTERM comes is answered; new connections are not taken."""
        ready.start()
        sock = connect(ready.public)
        sock.sendall(b"POST /api/v4/activate_license HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 2\r\n\r\n{")
        time.sleep(0.3)
        ready.process.send_signal(signal.SIGTERM)
        wait_for(lambda: refuses(ready.public))
        sock.sendall(b"}")
        status, headers, _ = Reader(sock).answer()
        assert status == 400 and headers.get("connection") == "close"
        sock.close()
        assert ready.stop() == 0
        assert ready.verify().returncode == 0

    def test_drain_has_an_end(self, home):
        server = Server("server.drain_timeout=500ms", directory=home)
        server.start()
        sock = connect(server.public)
        sock.sendall(b"POST /api/v4/activate_license HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 2\r\n\r\n{")
        time.sleep(0.2)
        begin = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begin < 5
        assert read_all(sock) == b""
        sock.close()

    def test_secrets_are_nowhere(self, home):
        """Not in the log, the arguments or the environment of the process."""
        server = Server("log.level=debug", directory=home, sealed=True)
        word = server.passphrase.read_text(encoding="utf-8").strip()
        conf = server.data / "licetd.conf"
        conf.write_text("")
        server.start(LICET_PASSPHRASE=word)
        made = server.manage.post("api-keys/", {"name": "k"})
        token = server.manage.post("tokens/", {"name": "t"})["token"]
        client = Client(server, made["api_key"], made["shared_key"])
        code = make_product(server.manage)["short_code"]
        ok(client.get("product_details", product=code))
        client.post("activate_license", hardware_id="h", product=code, license_key="MARK-OF-A-KEY")
        proc = Path("/proc") / str(server.process.pid)
        exposed = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        assert server.stop() == 0
        text = server.log_text()
        for secret in (word, made["shared_key"], token, "MARK-OF-A-KEY", "nonce="):
            assert secret not in text
        for secret in (word, made["shared_key"], token):
            assert secret.encode() not in exposed
        store = (server.data / "store" / "data.mdb").read_bytes()
        for secret in (word, made["shared_key"], token, token.split(".")[1]):
            assert secret.encode() not in store

    def test_sealed_server_serves(self, home):
        server = Server(directory=home, sealed=True)
        server.start()
        assert server.manage.get("status/")
        assert server.stop() == 0

    def test_socket_is_private_and_removed(self, ready):
        ready.start()
        assert mode(ready.data / "licetd.sock") == 0o600
        ready.kill()
        ready.start()
        assert ready.manage.get("status/")
        assert ready.stop() == 0
        assert not (ready.data / "licetd.sock").exists()

    def test_no_listener_but_the_public_one(self, ready):
        ready.settings += ["admin.listen=", "admin.socket="]
        ready.start()
        assert (ready.admin, ready.socket) == ("-", "-")
        assert ready.stop() == 0


def refuses(url):
    try:
        connect(url, timeout=1).close()
    except OSError:
        return True
    return False


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_dev_leaves_nothing_behind(home):
    process = subprocess.Popen(
        [LICETD, "serve", "--dev", "--set", "server.listen=127.0.0.1:0", "--set",
         "admin.listen=127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=clean_env(XDG_RUNTIME_DIR=str(home), TMPDIR=str(home)))
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("ready "):
            break
    public = lines[-1].split("public=")[1].split()[0]
    assert list(home.iterdir()), "the data directory is under XDG_RUNTIME_DIR"
    with connect(public) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_all(sock).startswith(b"HTTP/1.1 200")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    reader.join(5)
    process.stdout.close()
    process.stderr.close()
    assert not list(home.iterdir())
    events = [json.loads(x) for x in errors if x.startswith("{")]
    assert events and all("DEV" in json.dumps(event) for event in events)


def test_dev_stays_on_loopback():
    done = run(LICETD, "serve", "--dev", "--set", "server.listen=0.0.0.0:0", check=False)
    assert done.returncode == 2 and "loopback" in done.stderr
