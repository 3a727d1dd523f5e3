"""What an import does to users that are there: conflicts, upsert, hashes, second factors, half-created ones."""
from hashlib import md5

import pytest
from jobs import codes, imported, run, settled, submit
from test_jobs import BCRYPT, sha256_hash

pytestmark = pytest.mark.usefixtures("documented_codes")

ALREADY = "A custom_password_hash was provided, but the user already has password hash defined"


def by_email(tenant, email):
    return tenant.api("GET", f"/users-by-email?email={email}")[2]


def test_who_is_there_already_conflicts(tenant):
    tenant.connection_options(requires_username=True)
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "username": "ann", "phone_number": "+15551"}])
    _, failed = run(tenant, [{"email": "b@example.com", "user_id": "ann"}, {"email": "c@example.com", "username": "ANN"},
                             {"email": "d@example.com", "phone_number": "+15551"},
                             {"email": "Ann@example.com", "user_id": "ann"}])
    assert codes(failed) == [["CONFLICT"], ["CONFLICT_USERNAME"], ["CONFLICT"], ["CONFLICT_EMAIL"]]
    assert tenant.control("GET", "/audit")["users"] == {"api": 0, "import": 1}


def test_the_same_twice_in_one_file_is_never_insert_then_update(tenant):
    for upsert in ("false", "true"):
        job, failed = run(tenant, [{"email": f"{upsert}@example.com", "name": "First"},
                                   {"email": f"{upsert.upper()}@example.com", "name": "Second"}], upsert=upsert)
        assert codes(failed) == [["DUPLICATED_USER"]]
        assert job["summary"] == {"total": 2, "inserted": 1, "updated": 0, "failed": 1}
        assert by_email(tenant, f"{upsert}@example.com")[0]["name"] == "First"


def test_an_id_that_is_prefixed_already_is_prefixed_again(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "auth0|ann"}])
    assert by_email(tenant, "ann@example.com")[0]["user_id"] == "auth0|auth0|ann"


def test_upsert_changes_what_may_change_and_nothing_else(tenant):
    tenant.connection_options(requires_username=True)
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "username": "ann", "given_name": "Ann", "name": "A",
                       "email_verified": True, "blocked": False, "phone_number": "+15551",
                       "user_metadata": {"old": 1, "both": 1}, "app_metadata": {"kept": True}}])
    job, failed = run(tenant, [{"email": "ANN@example.com", "user_id": "other", "username": "other", "given_name": "Anna",
                                "blocked": True, "phone_number": "+19999", "password_hash": BCRYPT,
                                "user_metadata": {"both": 2}, "mfa_factors": [{"totp": {"secret": "AAAA"}}]},
                               {"email": "new@example.com"}], upsert="true")
    assert failed == [] and job["summary"] == {"total": 2, "inserted": 1, "updated": 1, "failed": 0}
    user = tenant.user("auth0|ann")
    assert (user["given_name"], user["name"], user["user_metadata"]) == ("Anna", "A", {"both": 2})
    assert user["app_metadata"] == {"kept": True}
    assert user["email_verified"] is False, "an entry that does not say so is not verified"
    assert (user["username"], user["phone_number"], user.get("blocked", False)) == ("ann", "+15551", False)
    assert "mfa" not in tenant.control("GET", "/users/auth0%7Cann")
    run(tenant, [{"email": "ann@example.com", "user_metadata": {}, "email_verified": True}], upsert="true")
    user = tenant.user("auth0|ann")
    assert "user_metadata" not in user and user["email_verified"] is True


def test_upsert_finds_by_email_alone(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "name": "Ann"}])
    _, failed = run(tenant, [{"email": "else@example.com", "user_id": "ann", "name": "Other"}], upsert="true")
    assert codes(failed) == [["CONFLICT"]]
    assert tenant.user("auth0|ann")["name"] == "Ann"


def test_without_a_hash_the_password_is_random_and_a_later_hash_refused(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann"}])
    assert tenant.login("ann@example.com", "random")[0] == 403
    assert tenant.login("ann@example.com", "anything")[1]["error"] == "invalid_grant"
    assert tenant.control("GET", "/users/auth0%7Cann")["has_password"] is True
    _, failed = run(tenant, [{"email": "ann@example.com", "name": "New", "custom_password_hash": sha256_hash("Old-1")}],
                    upsert="true")
    assert codes(failed) == [["NOT_PASSED"]] and failed[0]["errors"][0]["message"] == ALREADY
    user = tenant.user("auth0|ann")
    assert user["name"] == "ann@example.com", "an entry that fails changes nothing"
    assert tenant.patch(user, password="Brand-New-7")[0] == 200
    assert tenant.login("ann@example.com", "Brand-New-7")[0] == 200


def test_a_hash_can_be_replaced_until_it_was_used(tenant):
    imported(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("First-1")}])
    run_ok = run(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("Second-1")}], upsert="true")
    assert run_ok[0]["summary"]["updated"] == 1
    assert tenant.login("ann@example.com", "First-1")[0] == 403
    assert tenant.login("ann@example.com", "Second-1")[0] == 200
    _, failed = run(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("Third-1")}], upsert="true")
    assert failed[0]["errors"][0]["message"] == ALREADY
    assert tenant.login("ann@example.com", "Second-1")[0] == 200


def test_a_tenant_can_take_hashes_that_it_will_never_match(tenant):
    imported(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("Old-1")},
                      {"email": "bea@example.com", "custom_password_hash": {
                          "algorithm": "md5", "hash": {"value": md5(b"Old-1").hexdigest(), "encoding": "hex"}}}])
    for word in ("sha256", sha256_hash("Old-1")["hash"]["value"][:9]):
        tenant.options(hashes_never_match=["pbkdf2", word])
        assert tenant.login("ann@example.com", "Old-1")[1]["error"] == "invalid_grant"
    assert tenant.login("bea@example.com", "Old-1")[0] == 200
    tenant.options(hashes_never_match=[])
    assert tenant.login("ann@example.com", "Old-1")[0] == 200


def test_bcrypt_is_kept_as_it_is(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "password_hash": BCRYPT}])
    flags = tenant.control("GET", "/users/auth0%7Cann")
    assert (flags["has_password"], flags["has_imported_hash"]) == (True, False)
    _, failed = run(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("x")}], upsert="true")
    assert failed[0]["errors"][0]["message"] == ALREADY


def test_an_imported_second_factor_is_asked_for(tenant):
    secret = "GEZDGNBVGY3TQOJQ"
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann", "custom_password_hash": sha256_hash("Old-1"),
                       "mfa_factors": [{"totp": {"secret": secret}}, {"phone": {"value": "+15551"}}]}])
    status, answer = tenant.login("ann@example.com", "Old-1")
    assert (status, answer["error"]) == (403, "mfa_required")
    assert tenant.login("ann@example.com", "wrong")[1]["error"] == "invalid_grant"
    status, _, methods = tenant.api("GET", "/users/auth0%7Cann/authentication-methods")
    assert [method["type"] for method in methods] == ["totp", "phone"]  # no password (recorded)
    assert secret not in str(tenant.control("GET", "/users/auth0%7Cann"))


def test_an_import_sends_no_mail_to_its_users(tenant):
    imported(tenant, [{"email": "ann@example.com"}, {"email": "bea@example.com", "email_verified": True}])
    assert tenant.control("GET", "/outbox.json")["total"] == 0
    imported(tenant, [{"email": "carla@example.com"}], send_completion_email="true", upsert="false")
    mails = tenant.control("GET", "/outbox.json")["mails"]
    assert [(mail["kind"], mail["to"]) for mail in mails] == [("users_import", "owner@sandbox.example")]
    assert "1 inserted" in mails[0]["text"]


def test_a_verification_mail_is_a_job(tenant):
    imported(tenant, [{"email": "ann@example.com", "user_id": "ann"}])
    identity = {"user_id": "ann", "provider": "auth0", "connection_id": tenant.connection_id}
    status, _, job = tenant.api("POST", "/jobs/verification-email", {
        "user_id": "auth0|ann", "client_id": tenant.client_id, "identity": identity})
    assert (status, job["type"]) == (201, "verification_email")
    assert settled(tenant, job["id"])["status"] == "completed"
    mails = tenant.control("GET", "/outbox.json")["mails"]
    assert [(mail["kind"], mail["to"]) for mail in mails] == [("verify_email", "ann@example.com")]
    for wrong in ({}, {"user_id": "auth0|nobody"}, {"user_id": "auth0|ann", "identity": {**identity, "user_id": "bea"}},
                  {"user_id": "auth0|ann", "client_id": "another"}, {"user_id": "auth0|ann", "ttl_sec": 5}, {"user_id": 5}):
        status, _, answer = tenant.api("POST", "/jobs/verification-email", wrong)
        assert status == 400, (wrong, answer)
    assert tenant.control("GET", "/outbox.json")["total"] == 1


def test_a_half_created_user_is_in_the_way_until_it_is_deleted_by_email(tenant):
    tenant.control("POST", "/half-created", {"email": "Ann@example.com"})
    assert tenant.control("GET", "/audit")["half_created"] == 1
    assert by_email(tenant, "ann@example.com") == []
    assert tenant.login("ann@example.com")[0] == 403
    assert codes(run(tenant, [{"email": "ann@example.com"}])[1]) == [["DUPLICATED_USER"]]
    assert codes(run(tenant, [{"email": "ann@example.com"}], upsert="true")[1]) == [["DUPLICATED_USER"]]
    status, _, answer = tenant.api("POST", "/users", {"connection": tenant.connection, "email": "ann@example.com",
                                                      "password": "Correct-Horse-7"})
    assert (status, answer["message"]) == (409, "The user already exists.")
    assert tenant.api("DELETE", f"/connections/{tenant.connection_id}/users?email=ANN@example.com")[0] == 204
    imported(tenant, [{"email": "ann@example.com"}])


def test_a_user_can_be_deleted_by_email(tenant):
    imported(tenant, [{"email": "ann@example.com"}])
    for _ in range(2):
        assert tenant.api("DELETE", f"/connections/{tenant.connection_id}/users?email=ann@example.com")[0] == 204
    assert by_email(tenant, "ann@example.com") == []


def test_the_audit_tells_the_lanes_apart(tenant):
    user = tenant.create("made@example.com")
    tenant.patch(user, password="Another-Good-8")
    tenant.login("made@example.com", "Another-Good-8")
    imported(tenant, [{"email": f"u{i}@example.com", "custom_password_hash": sha256_hash("x")} for i in range(3)])
    audit = tenant.control("GET", "/audit")
    assert audit == {"users": {"api": 1, "import": 3}, "half_created": 0,
                     "passwords_seen": {"create": 1, "change": 1, "login": 1, "import": 0, "reset": 0}}
    run(tenant, [{"email": "p@example.com", "password": "Plain-Password-1"}])
    assert tenant.control("GET", "/audit")["passwords_seen"]["import"] == 1


def test_the_log_has_the_request_and_its_end(tenant):
    imported(tenant, [{"email": "ann@example.com"}])
    assert [event["description"] for event in tenant.events("sapi")] == ["Create import users job"]
    assert "1 inserted" in tenant.events("sui")[0]["description"]
    submit(tenant, b"nonsense")
    tenant.control("POST", "/clock", {"seconds": 1})
    assert len(tenant.events("fui")) == 1


def test_another_connection_has_users_of_its_own(tenant):
    status, _, other = tenant.api("POST", "/connections", {
        "name": "Other", "strategy": "auth0", "enabled_clients": [tenant.client_id]})
    assert status == 201
    for connection in (tenant.connection_id, other["id"]):
        job, failed = run(tenant, [{"email": "ann@example.com"}], connection_id=connection)
        assert (failed, job["summary"]["inserted"]) == ([], 1)
    assert len(by_email(tenant, "ann@example.com")) == 2
