"""`auth0db sandbox` as a command: its first line, its options, its end."""
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import GOOD, Tenant
from sandbox import BUILD, CLEAN_ENV

COMMAND = [str(BUILD / "auth0db"), "sandbox"]


def run(*options):
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, env=CLEAN_ENV)


def test_the_json_line_says_everything():
    with Tenant("--quiet") as tenant:
        assert set(tenant.info) == {"url", "domain", "client_id", "client_secret", "connection", "connection_id"}
        assert tenant.domain == tenant.url and tenant.url.startswith("http://127.0.0.1:")
        assert re.fullmatch(r"[A-Za-z0-9]{32}", tenant.client_id)
        assert re.fullmatch(r"[A-Za-z0-9]{64}", tenant.client_secret)
        assert re.fullmatch(r"con_[A-Za-z0-9]{16}", tenant.connection_id)
        assert tenant.connection == "Username-Password-Authentication"
        assert tenant.stop() == 0
        assert tenant.stderr() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(number):
    process = subprocess.Popen([*COMMAND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN_ENV)
    banner = ""
    while "Ctrl-C" not in banner:
        banner += process.stdout.readline()
    for setting in ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_CONNECTION"):
        assert re.search(rf'^{setting} = "[^"]+"$', banner, re.M), banner
    process.send_signal(number)
    assert process.wait(10) == 0
    process.stdout.close()
    process.stderr.close()


def test_it_ends_at_once_although_clients_wait():
    tenant = Tenant("--quiet")
    idle = socket.create_connection(("127.0.0.1", urlsplit(tenant.url).port), 5)
    tenant.fault(path="/.well-known", delay_ms=60000, count=1)

    def wait_for_an_answer():
        try:
            tenant.ask("GET", "/.well-known/jwks.json")
        except OSError:
            pass
    waiting = threading.Thread(target=wait_for_an_answer)
    waiting.start()
    tenant.until_no_fault_is_left()
    started = time.monotonic()
    assert tenant.stop() == 0
    assert time.monotonic() - started < 5
    waiting.join(10)
    idle.close()


def test_request_lines_hold_no_query_and_no_secret():
    with Tenant() as tenant:
        tenant.create(password=GOOD)
        tenant.api("GET", "/users-by-email?email=bob%40example.com")
        tenant.login()
        tenant.stop()
        log = tenant.stderr()
    assert "POST /oauth/token 200\n" in log and "GET /api/v2/users-by-email 200\n" in log
    assert "bob" not in log and GOOD not in log and tenant.client_secret not in log


def test_the_connection_can_be_named_and_have_usernames():
    with Tenant("--connection", "legacy-site", "--require-username", "--quiet") as tenant:
        assert tenant.connection == "legacy-site"
        tenant.create(username="bob")
        assert tenant.login("bob")[0] == 200
        tenant.control("POST", "/reset")
        assert tenant.control("GET", "/options")["connection_options"]["requires_username"] is True


def test_a_file_keeps_users_credentials_and_keys(tmp_path):
    file = tmp_path / "tenant.db"
    with Tenant("--data", str(file), "--quiet") as tenant:
        first, user = dict(tenant.info), tenant.create()
        keys = tenant.ask("GET", "/.well-known/jwks.json")[2]
        tenant.control("POST", "/keys/rotate", {})
        rotated = tenant.ask("GET", "/.well-known/jwks.json")[2]
        assert tenant.stop() == 0
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["tenant.db"]  # no journal is left behind
    with Tenant("--data", str(file), "--quiet") as tenant:
        for name in ("client_id", "client_secret", "connection", "connection_id"):
            assert tenant.info[name] == first[name]
        assert tenant.user(user["user_id"]) == user
        assert tenant.login()[0] == 200
        assert tenant.ask("GET", "/.well-known/jwks.json")[2] == rotated != keys
        assert GOOD.encode() not in file.read_bytes()


def test_what_was_answered_survives_a_kill(tmp_path):
    file = str(tmp_path / "tenant.db")
    with Tenant("--data", file, "--quiet") as tenant:
        users = [tenant.create(f"user{i}@example.com") for i in range(5)]
        tenant.process.kill()
        tenant.process.wait()
    with Tenant("--data", file, "--quiet") as tenant:
        assert [tenant.user(user["user_id"]) for user in users] == users
        assert tenant.stop() == 0


def test_a_file_belongs_to_one_sandbox_at_a_time(tmp_path):
    file = str(tmp_path / "tenant.db")
    with Tenant("--data", file, "--quiet") as tenant:
        done = run("--data", file)
        assert done.returncode == 3 and "locked" in done.stderr
        tenant.create()


def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path):
    import sqlite3
    file = tmp_path / "new.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    done = run("--data", str(file))
    assert done.returncode == 3 and "format 99" in done.stderr


def test_a_file_that_is_no_database_is_refused(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 100)
    done = run("--data", str(file))
    assert done.returncode == 3 and "letter.txt" in done.stderr
    assert run("--data", str(tmp_path / "no" / "such" / "folder")).returncode == 3


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "192.0.2.1:0", "example.com:80", "127.0.0.1", "127.0.0.1:99999",
                                    "127.0.0.1:x", ":0", "", "[::]:0", "127.0.0.1.example.com:0"])
def test_it_listens_on_this_machine_only(listen):
    done = run("--listen", listen)
    assert done.returncode == 2, done.stderr
    assert "listen" in done.stderr and done.stdout == ""


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 3 and "in use" in done.stderr


@pytest.mark.parametrize("options", [["--nonsense"], ["--data"], ["extra"], ["--connection", "bad name"],
                                     *[["--job-users-per-second", bad] for bad in ("x", "", "-1", "5x", "1000001")]])
def test_bad_arguments_are_named(options):
    done = run(*options)
    assert done.returncode == 2 and done.stderr.startswith("auth0db") and done.stdout == ""


def test_help():
    done = run("--help")
    assert done.returncode == 0 and "--listen HOST:PORT" in done.stdout and done.stderr == ""


def test_tls_is_trusted_by_its_own_authority_alone(tmp_path):
    import http.client
    import ssl
    with Tenant("--tls", "--quiet") as tenant:
        port = urlsplit(tenant.url).port
        assert tenant.domain == f"localhost:{port}" and tenant.url == f"https://localhost:{port}"
        ca = Path(tenant.ca_file)
        assert stat.S_IMODE(ca.stat().st_mode) == 0o600 and stat.S_IMODE(ca.parent.stat().st_mode) == 0o700
        assert "PRIVATE" not in ca.read_text()
        assert tenant.ask("GET", "/.well-known/openid-configuration")[2]["issuer"] == tenant.url + "/"
        tenant.create()
        assert tenant.login()[0] == 200
        context = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
        connection.request("GET", "/sandbox/clock")  # the certificate is good for the address too
        assert connection.getresponse().status == 200
        connection.close()
        strict = http.client.HTTPSConnection("localhost", port, context=ssl.create_default_context(), timeout=10)
        with pytest.raises(ssl.SSLCertVerificationError):
            strict.request("GET", "/")
        assert tenant.stop() == 0
        assert not ca.exists() and not ca.parent.exists()


def test_it_runs_where_tmpdir_says(tmp_path, monkeypatch):
    monkeypatch.setitem(CLEAN_ENV, "TMPDIR", str(tmp_path))
    with Tenant("--tls", "--quiet") as tenant:
        assert Path(tenant.ca_file).parent.parent == tmp_path
