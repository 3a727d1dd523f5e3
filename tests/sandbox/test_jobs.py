"""Bulk imports: what the tenant takes, what it refuses, and what becomes of the users."""
import hashlib

import pytest
from jobs import codes, errors_of, form, imported, import_form, job_of, post_form, run, submit

pytestmark = pytest.mark.usefixtures("documented_codes")

BCRYPT = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"


def sha256_hash(password, salt="salt"):
    return {"algorithm": "sha256", "salt": {"value": salt},
            "hash": {"value": hashlib.sha256((salt + password).encode()).hexdigest(), "encoding": "hex"}}


def test_users_come_in_and_the_summary_counts_them(tenant):
    job = imported(tenant, [{"email": "Ann@Example.com", "user_id": "ann", "given_name": "Ann", "email_verified": True,
                             "user_metadata": {"plan": "gold"}, "blocked": True}, {"email": "bea@example.com"}])
    assert job["summary"] == {"total": 2, "inserted": 2, "updated": 0, "failed": 0}
    user = tenant.user("auth0|ann")
    assert (user["email"], user["email_verified"], user["given_name"]) == ("ann@example.com", True, "Ann")
    assert (user["user_metadata"], user["blocked"], user["nickname"]) == ({"plan": "gold"}, True, "ann")
    assert user["identities"] == [{"connection": tenant.connection, "user_id": "ann", "provider": "auth0",
                                   "isSocial": False}]


def test_the_answer_tells_of_the_job_and_not_how_it_was_asked_for(tenant):
    """Recorded: neither upsert nor send_completion_email comes back, and no empty external_id."""
    status, _, job = submit(tenant, [], external_id="wave-1 é", upsert="true", send_completion_email="true")
    assert status == 202 and job["status"] == "pending" and job["type"] == "users_import"
    assert job["external_id"] == "wave-1 é"
    assert (job["connection_id"], job["connection"]) == (tenant.connection_id, tenant.connection)
    status, _, job = submit(tenant, [], send_completion_email=None, external_id="")
    assert set(job) == {"id", "type", "status", "created_at", "connection_id", "connection"}


def test_an_imported_hash_opens_the_door_and_is_then_forgotten(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "custom_password_hash": sha256_hash("Old-Secret")}])
    flags = tenant.control("GET", "/users/auth0%7Cann")
    assert (flags["has_imported_hash"], flags["has_password"], flags["made_by"]) == (True, False, "import")
    assert tenant.login("ann@example.com", "wrong")[0] == 403
    assert [event["user_id"] for event in tenant.events("fp")] == ["auth0|ann"]
    assert tenant.login("ann@example.com", "Old-Secret")[0] == 200
    flags = tenant.control("GET", "/users/auth0%7Cann")
    assert (flags["has_imported_hash"], flags["has_password"]) == (False, True)
    assert tenant.login("ann@example.com", "Old-Secret")[0] == 200


def test_more_than_two_live_jobs_are_refused(tenant):
    tenant.options(job_ms=60_000)
    assert [submit(tenant, [{"email": f"u{i}@example.com"}])[0] for i in range(2)] == [202, 202]
    status, _, answer = submit(tenant, [{"email": "late@example.com"}])
    assert status == 429 and answer["errorCode"] == "too_many_requests"
    assert answer["message"] == ("There are 2 active import users jobs, please wait until some of them are finished "
                                 "and try again")
    tenant.control("POST", "/clock", {"seconds": 61})
    assert submit(tenant, [{"email": "late@example.com"}])[0] == 202
    tenant.options(job_limit=1)
    status, _, answer = submit(tenant, [])
    assert status == 429 and answer["message"].startswith("There are 1 active import users jobs")


def test_more_than_512000_bytes_are_refused_and_not_one_less(tenant):
    body, kind = import_form(tenant, [])
    for size, expected in ((512_000, 202), (512_001, 413), (1_000_000, 413)):
        filling = b" " * (size - len(body))
        status, _, answer = post_form(tenant, *form_of_size(tenant, filling))
        assert status == expected, (size, answer)
    assert answer["message"] == "Payload content length greater than maximum allowed: 512000."


def form_of_size(tenant, filling):
    return import_form(tenant, b"[" + filling + b"]")


def test_one_row_fails_and_the_others_do_not(tenant):
    tenant.create("taken@example.com")
    job, failed = run(tenant, [{"email": "new@example.com"}, {"email": "Taken@example.com"}, {"email": "nonsense"},
                               {"email": "NEW@example.com"}])
    assert job["status"] == "completed"
    assert job["summary"] == {"total": 4, "inserted": 1, "updated": 0, "failed": 3}
    assert codes(failed) == [["CONFLICT_EMAIL"], ["FORMAT"], ["DUPLICATED_USER"]]
    assert [row["user"] for row in failed] == [{"email": "Taken@example.com"}, {"email": "nonsense"},
                                               {"email": "NEW@example.com"}]
    assert all(set(error) == {"code", "message", "path"} for row in failed for error in row["errors"])


def test_errors_show_no_secret(tenant):
    secrets = {"custom_password_hash": {"algorithm": "hmac", "hash": {
        "value": "deadbeef", "encoding": "hex", "digest": "md5", "key": {"value": "k3y-material"}}},
        "password_hash": "not-bcrypt-" + "x" * 50, "mfa_factors": [{"totp": {"secret": "GEZDGNBVGY3TQOJQ"}}]}
    _, failed = run(tenant, [{"email": "a@example.com", **secrets},
                             {"email": "b@example.com", "custom_password_hash": "raw-hash-in-the-wrong-place"},
                             {"email": "c@example.com", "password": "Plain-Password-1", "mfa_factors": ["SECRETSECRET"]}])
    assert len(failed) == 3
    shown = str(failed)
    for secret in ("deadbeef", "k3y-material", "not-bcrypt", "GEZDGNBV", "raw-hash", "Plain-Password", "SECRETSECRET"):
        assert secret not in shown
    assert failed[0]["user"]["custom_password_hash"]["hash"]["value"] == "*****"
    assert failed[0]["user"]["custom_password_hash"]["algorithm"] == "hmac"
    assert failed[0]["user"]["email"] == "a@example.com"


def test_a_form_that_is_none_is_refused(tenant):
    users = ("users", b"[]", "users.json")
    connection = ("connection_id", tenant.connection_id)
    for parts in ([connection], [users], [("users", b"", "users.json"), connection],
                  [users, ("connection_id", "con_nonsense")], [users, ("connection_id", "con_0123456789abcdef")],
                  [users, connection, ("upsert", "maybe")], [users, users, connection],
                  [users, connection, connection], [users, connection, ("external_id", b"\xff\xfe")],
                  [users, connection, ("external_id", "x" * 5000)],
                  [users, connection] + [(f"p{i}", "x") for i in range(40)]):
        status, _, answer = post_form(tenant, *form(parts))
        assert status == 400, (parts, answer)
    body, kind = form([users, connection])
    assert post_form(tenant, body[:-20], kind)[0] == 400
    assert post_form(tenant, body, "multipart/form-data")[0] == 400
    assert post_form(tenant, b"{}", "application/json")[0] == 400
    tenant.options(connection_enabled=False)
    assert post_form(tenant, body, kind)[0] == 400


def test_a_file_that_is_no_list_fails_whole(tenant):
    for text in (b"{}", b"[{]", b'{"email": "a@example.com"}\n', b"\xff", b'[{"email": "a@b.cc", "email": "c@d.ee"}]'):
        job, failed = run(tenant, text)
        assert job["status"] == "failed" and "summary" not in job
        assert failed["status_details"] == job["status_details"] != ""
        assert failed["id"] == job["id"]


def test_who_may_import_and_who_may_look(tenant):
    body, kind = import_form(tenant, [])
    assert post_form(tenant, body, kind, tenant.token("read:users"))[0] == 403
    status, _, job = submit(tenant, [])
    assert tenant.api("GET", f"/jobs/{job['id']}", token=tenant.token("read:users"))[0] == 200
    assert tenant.api("GET", f"/jobs/{job['id']}", token=tenant.token("read:logs"))[0] == 403
    assert tenant.api("GET", "/jobs/job_0123456789abcdef")[0] == 404
    assert tenant.api("GET", "/jobs/nonsense/errors")[0] == 400
    assert job_of(tenant, job["id"])["id"] == job["id"] and errors_of(tenant, job["id"]) == []
