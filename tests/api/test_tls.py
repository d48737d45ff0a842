"""TLS: versions, both listeners, and new files on SIGHUP."""
import signal
import ssl
import subprocess
import time
from urllib.parse import urlsplit

import pytest
from licetd import Client, Server, make_product
from raw import connect, read_all


def make_cert(directory, name, word):
    cert, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "3", "-subj", f"/CN={word}", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(home):
    cert, key = make_cert(home, "live", "first")
    made = Server(f"server.tls_cert={cert}", f"server.tls_key={key}",
                  f"admin.tls_cert={cert}", f"admin.tls_key={key}")
    try:
        yield made.start()
        assert made.stop() == 0
        assert "AddressSanitizer" not in made.log_text()
    finally:
        made.remove()


def context(home, minimum=ssl.TLSVersion.TLSv1_2, maximum=ssl.TLSVersion.TLSv1_3):
    made = ssl.create_default_context(cafile=home / "live.pem")
    made.minimum_version, made.maximum_version = minimum, maximum
    return made


def handshake(url, ctx):
    """(version, ALPN, names of the certificate)."""
    with ctx.wrap_socket(connect(url), server_hostname=urlsplit(url).hostname) as sock:
        subject = dict(x[0] for x in sock.getpeercert()["subject"])
        return sock.version(), sock.selected_alpn_protocol(), subject["commonName"]


def test_addresses_say_https(server):
    assert server.public.startswith("https://") and server.admin.startswith("https://")


def test_versions(server, home):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        for url in (server.public, server.admin):
            assert handshake(url, context(home, version, version))[0] == name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_are_refused(server, home):
    old = context(home, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(server.public, old)


def test_weak_ciphers_are_refused(server, home):
    weak = context(home, maximum=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES128-SHA:AES128-SHA256:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(server.public, weak)


def test_alpn(server, home):
    both = context(home)
    both.set_alpn_protocols(["h2", "http/1.1"])
    assert handshake(server.public, both)[1] == "http/1.1"


def test_license_call(server, home):
    made = server.manage.post("api-keys/", {"name": "tls"})
    client = Client(server, made["api_key"], made["shared_key"], context=context(home))
    code = make_product(server.manage)["short_code"]
    for _ in range(3):
        assert client.get("product_details", product=code).status == 200
    client.close()


def test_plain_http_gets_no_answer(server):
    sock = connect(server.public)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"HTTP/1.1 200" not in read_all(sock)
    sock.close()


def settle(server, home, word):
    """Waits until the server shows the certificate `word`."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if handshake(server.public, context(home))[2] == word:
                return True
        except ssl.SSLError:
            pass
        time.sleep(0.05)
    return False


def logged(server, event, times):
    end = time.monotonic() + 10
    while server.log_text().count(event) < times and time.monotonic() < end:
        time.sleep(0.05)
    return server.log_text().count(event) >= times


def test_reload(server, home):
    """SIGHUP takes new files; a faulty one changes nothing."""
    old = context(home).wrap_socket(connect(server.public), server_hostname="127.0.0.1")
    make_cert(home, "live", "second")
    server.process.send_signal(signal.SIGHUP)
    assert settle(server, home, "second")
    old.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert read_all(old).startswith(b"HTTP/1.1 200")
    good = (home / "live.pem").read_text(), (home / "live.key").read_text()
    refused = server.log_text().count("reload_refused")
    make_cert(home, "other", "third")
    (home / "live.key").write_text((home / "other.key").read_text())
    server.process.send_signal(signal.SIGHUP)
    assert logged(server, "reload_refused", refused + 1)
    assert settle(server, home, "second")
    (home / "live.key").write_text("rubbish")
    server.process.send_signal(signal.SIGHUP)
    assert logged(server, "reload_refused", refused + 2)
    assert settle(server, home, "second")
    (home / "live.pem").write_text(good[0])
    (home / "live.key").write_text(good[1])
    server.process.send_signal(signal.SIGHUP)
    assert settle(server, home, "second")


def test_start_with_bad_files(home):
    cert, key = make_cert(home, "bad", "bad")
    key.write_text("rubbish")
    made = Server(f"server.tls_cert={cert}", f"server.tls_key={key}")
    try:
        with pytest.raises(AssertionError, match="no ready line"):
            made.start()
        assert "bad.key" in made.log_text()
    finally:
        made.remove()
