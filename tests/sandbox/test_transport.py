"""Bodies, targets and headers: what is refused, with which status and which words. test_hostile.py has the rest."""
import http.client
import socket
from urllib.parse import urlsplit

import pytest


def raw(tenant, data):
    """Bytes in, bytes out until the other side hangs up."""
    host, port = urlsplit(tenant.url).netloc.split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(data)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer


def post(tenant, path, body, kind="application/json", token=None):
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
    return tenant.ask("POST", path, body, headers)


BAD_BODIES = [b"{", b"[]", b"null", b'"text"', b"7", b"{\"a\":1,\"a\":2}", b"\xff\xfe", b'{"a":"\xff"}', b"[" * 500,
              b'{"a":' * 50 + b"1" + b"}" * 50, b'{"email":"a\\u0000b"}', b"{} trailing", b"\x00"]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda b: repr(b[:20]))
def test_a_body_that_is_not_an_object_is_refused(tenant, body):
    status, _, answer = post(tenant, "/api/v2/users", body, token=tenant.token())
    assert (status, answer["errorCode"]) == (400, "invalid_body")
    status, _, answer = post(tenant, "/oauth/token", body)
    assert (status, answer["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("form", [b"a=%zz", b"a=%", b"a=%00", b"a=%ff", b"&".join(b"a%d=1" % i for i in range(100))])
def test_a_form_that_does_not_decode_is_refused(tenant, form):
    status, _, answer = post(tenant, "/oauth/token", form, "application/x-www-form-urlencoded")
    assert (status, answer["error"]) == (400, "invalid_request")


def test_a_megabyte_is_enough(tenant):
    fits = b'{"grant_type":"' + b"x" * (1024 * 1024 - 17) + b'"}'
    assert len(fits) == 1024 * 1024
    assert post(tenant, "/oauth/token", fits)[0] == 400
    # urllib may see the connection close while it still writes: the answer is read from a socket of our own
    for path, error in (("/oauth/token", b"invalid_request"), ("/api/v2/users", b"too_large")):
        token = tenant.token().encode()
        head = (b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 1048577\r\n\r\n"
                % (path.encode(), token))
        answer = raw(tenant, head)
        assert answer.startswith(b"HTTP/1.1 413 ") and error in answer


def test_a_chunked_body_is_bounded_too(tenant):
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=30)
    connection.request("POST", "/oauth/token", (b"x" * 65536 for _ in range(40)), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked", "Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("target, status", [
    ("/api/v2/users/%", 400), ("/api/v2/users/%zz", 400), ("/api/v2/users/%00", 400), ("/api/v2/users/%ff", 400),
    ("/api/v2/users?q=%00", 400), ("/api/v2/users?q=%", 400), ("/a" * 20, 400), ("/api/v2//users", 404),
    ("/api/v2/users/", 404), ("//", 404), ("/", 404), ("/api/v2/users/" + "x" * 9000, 414)])
def test_a_target_that_does_not_decode_is_refused(tenant, target, status):
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=10)
    connection.request("GET", target, headers={"Authorization": f"Bearer {tenant.token()}"})
    assert connection.getresponse().status == status
    connection.close()


def test_a_slash_in_an_id_is_part_of_the_id(tenant):
    tenant.create(user_id="a/b")
    assert tenant.user("auth0|a/b")["email"] == "bob@example.com"
    assert tenant.api("GET", "/users/auth0%7Ca/b")[0] == 404


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic !!!", "Basic " + "A" * 5000, "Bearer a.b",
                                           "Bearer " + "." * 500, "Bearer " + "A" * 20000])
def test_odd_authorization_is_401(tenant, authorization):
    status = tenant.ask("GET", "/api/v2/users", None, {"Authorization": authorization})[0]
    assert status == 401
    assert tenant.ask("POST", "/oauth/token", {"grant_type": "client_credentials"},
                      {"Authorization": authorization})[0] in (400, 401, 403)


def test_the_list_of_requests_is_bounded(tenant):
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=10)
    for i in range(2000):
        connection.request("GET", "/api/v2/users", headers={"Authorization": f"Bearer {i}"})
        connection.getresponse().read()
    connection.close()
    assert len(tenant.requests()["requests"]) == 1000
