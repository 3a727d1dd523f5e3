"""A stranger at the door of the bulk jobs: broken forms, lies about length, files made to hurt."""
import random
import socket
import time
from urllib.parse import urlsplit

import pytest
from jobs import LIMIT, errors_of, form, import_form, job_of, post_form, settled, submit
from sandbox import Sandbox


def wire(tenant, head, pieces, timeout=30):
    """The status of a request whose bytes we write ourselves; None where the sandbox hangs up."""
    host, port = urlsplit(tenant.url).netloc.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=timeout) as sock:
        try:
            sock.sendall(head)
            for piece in pieces:
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has answered before the end
        try:
            answer = sock.recv(1 << 16)
        except OSError:
            return None
    return int(answer.split()[1]) if answer else None


def head(tenant, kind, *lines):
    first = "POST /api/v2/jobs/users-imports HTTP/1.1"
    return "\r\n".join([first, f"Host: {tenant.host}", f"Authorization: Bearer {tenant.token()}",
                        f"Content-Type: {kind}", "Connection: close", *lines, "", ""]).encode()


def chunked(body, size=8000):
    for at in range(0, len(body), size):
        part = body[at:at + size]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def test_the_limit_holds_without_a_content_length(tenant):
    empty, _ = import_form(tenant, b"[]")
    for size, expected in ((LIMIT, 202), (LIMIT + 1, 413), (1_000_000, 413)):
        body, kind = import_form(tenant, b"[" + b" " * (size - len(empty)) + b"]")
        assert len(body) == size
        assert wire(tenant, head(tenant, kind, "Transfer-Encoding: chunked"), chunked(body)) == expected


def test_without_a_token_nobody_learns_the_limit(tenant):
    body, kind = import_form(tenant, b" " * LIMIT)
    status, _, answer = tenant.ask("POST", "/api/v2/jobs/users-imports", body, {"Content-Type": kind})
    assert (status, answer["errorCode"]) == (401, "invalid_token")
    assert post_form(tenant, body, kind, tenant.token("read:users"))[0] == 403


def test_a_form_that_promises_more_than_it_sends(tenant):
    body, kind = import_form(tenant, [{"email": "a@example.com"}])
    assert wire(tenant, head(tenant, kind, f"Content-Length: {len(body) + 100}"), [body]) is None
    tenant.control("POST", "/clock", {"seconds": 1})
    assert tenant.control("GET", "/audit")["users"]["import"] == 0


def test_broken_forms_never_break_the_tenant(tenant):
    """Valid forms, damaged: each is taken whole or refused with 400."""
    choose = random.Random(20261123)
    tenant.options(job_limit=100)
    seen, token = set(), tenant.token()
    for _ in range(400):
        body, kind = import_form(tenant, [{"email": "a@example.com"}], external_id="wave", upsert="true")
        body = bytearray(body)
        for _ in range(choose.randrange(1, 6)):
            at = choose.randrange(len(body))
            how = choose.randrange(4)
            if how == 0:
                body[at] = choose.randrange(256)
            elif how == 1:
                del body[at:at + choose.randrange(1, 30)]
            elif how == 2:
                body[at:at] = choose.choice([b"\r\n", b"--", b"\0", b'"', b"\r\n--" + kind[-32:].encode(), b"\xff" * 9])
            else:
                body[at:at] = body[:choose.randrange(len(body))]
        # past the contract's judge, whose own reader of forms takes other broken ones
        status, _, answer = Sandbox.ask(tenant, "POST", "/api/v2/jobs/users-imports", bytes(body), {
            "Authorization": f"Bearer {token}", "Content-Type": kind})
        assert status in (202, 400), answer
        seen.add(status)
    assert seen == {202, 400} and tenant.alive()


@pytest.mark.parametrize("kind", [
    "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 3000, "multipart/form-data;boundary",
    'multipart/form-data; boundary="never closed', "multipart/mixed; boundary=XX", "MULTIPART/FORM-DATA; boundary=X;X"])
def test_odd_boundaries(tenant, kind):
    body, _ = form([("users", b"[]", "u.json"), ("connection_id", tenant.connection_id)], boundary="XX")
    assert post_form(tenant, body, kind)[0] == 400


def test_endless_part_headers(tenant):
    body = b'--XX\r\nContent-Disposition: form-data; name="users"\r\nX: ' + b"y" * 100_000 + b"\r\n\r\n[]\r\n--XX--\r\n"
    assert post_form(tenant, body, "multipart/form-data; boundary=XX")[0] == 400


@pytest.mark.parametrize("file, status", [
    (b"[" * 400_000, "failed"), (b'[{"a":' * 60_000, "failed"), (b"[" + b"1," * 60_000 + b"1]", "completed"),
    (b'[{"email":"' + b"a" * 400_000 + b'@example.com"}]', "completed"),
    (b'[{"email":"a@b.cc","user_metadata":{' + b",".join(b'"k%d":%d' % (i, i) for i in range(30_000)) + b"}}]",
     "completed"),
    (b'[{"email":"a@b.cc","user_metadata":' + b'{"a":' * 25 + b"1" + b"}" * 25 + b"}]", "completed")])
def test_files_made_to_hurt(tenant, file, status):
    answered, _, job = submit(tenant, file)
    assert answered == 202
    started = time.monotonic()
    assert tenant.api("GET", "/users?per_page=1")[0] == 200
    assert time.monotonic() - started < 10, "others are not kept waiting"
    assert settled(tenant, job["id"], timeout=300)["status"] == status


def test_a_flood_of_jobs_is_bounded(tenant):
    tenant.options(job_ms=3_600_000)
    answers = [submit(tenant, [{"email": f"u{i}@example.com"}])[0] for i in range(50)]
    assert answers == [202, 202] + [429] * 48
    tenant.control("POST", "/clock", {"seconds": 3600})
    assert tenant.control("GET", "/audit")["users"]["import"] == 2


def test_sql_and_markup_are_text(tenant):
    nasty = ["' OR 1=1 --", '"; DROP TABLE users; --', "<script>", "%00", "\u202e", "$.email"]
    status, _, job = submit(tenant, [{"email": f"u{i}@example.com", "user_id": f"u{i}", "name": name, "nickname": name,
                                      "user_metadata": {name.replace(".", "").replace("$", "") or "x": name}}
                                     for i, name in enumerate(nasty)], external_id=nasty[1])
    assert status == 202 and job["external_id"] == nasty[1]
    settled(tenant, job["id"])
    assert errors_of(tenant, job["id"]) == []
    assert [tenant.user(f"auth0|u{i}")["name"] for i in range(len(nasty))] == nasty
    assert job_of(tenant, job["id"])["summary"]["inserted"] == len(nasty)
