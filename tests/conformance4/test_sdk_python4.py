"""PyPI auth0-python 4, as sites of today run it: users, jobs, tickets, logs, connections and what a check reads."""
import io
import json
import time
import uuid

import pytest

auth0 = pytest.importorskip("auth0", reason="auth0-python is not installed (the judges4 venv)")
from auth0.authentication import Database, GetToken  # noqa: E402
from auth0.exceptions import Auth0Error  # noqa: E402
from auth0.management import Auth0  # noqa: E402

PASSWORD = "Correct-horse-7-é"


@pytest.fixture(autouse=True)
def trust(tls_sandbox, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls_sandbox.ca_file)


@pytest.fixture
def api(tls_sandbox, trust):
    token = GetToken(tls_sandbox.host, tls_sandbox.client_id, client_secret=tls_sandbox.client_secret).client_credentials(
        f"https://{tls_sandbox.host}/api/v2/")
    assert token["token_type"] == "Bearer" and "read:users" in token["scope"]
    return Auth0(tls_sandbox.host, token["access_token"])


@pytest.fixture
def user(api, tls_sandbox):
    made = api.users.create({"connection": tls_sandbox.connection, "email": f"{uuid.uuid4().hex}@example.org",
                             "password": PASSWORD, "verify_email": False, "given_name": "Zoë"})
    yield made
    api.users.delete(made["user_id"])


def refused(call, status, code):
    with pytest.raises(Auth0Error) as caught:
        call()
    assert (caught.value.status_code, caught.value.error_code) == (status, code)


def test_users(api, tls_sandbox, user):
    assert api.users.get(user["user_id"])["given_name"] == "Zoë"
    page = api.users.list(q=f'email:"{user["email"]}"')
    assert [u["user_id"] for u in page["users"]] == [user["user_id"]] and page["total"] == 1
    assert [u["user_id"] for u in api.users_by_email.search_users_by_email(user["email"])] == [user["user_id"]]
    assert api.users.update(user["user_id"], {"user_metadata": {}, "app_metadata": {"a": 1}})["user_metadata"] == {}
    refused(lambda: api.users.get("auth0|nobody"), 404, "inexistent_user")
    refused(lambda: api.users.create({"connection": tls_sandbox.connection, "email": user["email"], "password": PASSWORD}),
            409, "auth0_idp_error")


def test_factors_identities_blocks_and_logs_of_a_user(api, tls_sandbox, user):
    made = api.users.create_authentication_method(user["user_id"], {"type": "email", "name": "e", "email": "a@example.com"})
    listed = api.users.get_authentication_methods(user["user_id"])
    assert made["id"] in str(listed)
    api.users.update_authentication_method_by_id(user["user_id"], made["id"], {"name": "f"})
    assert api.users.get_authentication_method_by_id(user["user_id"], made["id"])["name"] == "f"
    api.users.delete_authentication_method_by_id(user["user_id"], made["id"])
    api.users.update_authentication_methods(user["user_id"], [{"type": "totp", "name": "t", "totp_secret": "GEZDGNBV"}])
    api.users.delete_authentication_methods(user["user_id"])
    assert api.users.get_guardian_enrollments(user["user_id"]) == []
    assert api.user_blocks.get(user["user_id"]) == {"blocked_for": []}
    second = api.users.create({"connection": tls_sandbox.connection, "email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD})
    assert len(api.users.link_user_account(user["user_id"], {"provider": "auth0", "user_id": second["user_id"]})) == 2
    assert len(api.users.unlink_user_account(user["user_id"], "auth0", second["user_id"].split("|")[1])) == 1
    api.users.delete(second["user_id"])
    assert {entry["type"] for entry in api.users.get_log_events(user["user_id"])} == {"ss"}


def test_jobs(api, tls_sandbox):
    users = [{"email": f"{uuid.uuid4().hex}@example.org"}, {"email": "no address"}]
    job = api.jobs.import_users(tls_sandbox.connection_id, io.BytesIO(json.dumps(users).encode()), send_completion_email=False)
    assert job["type"] == "users_import"
    ends = time.monotonic() + 30
    while api.jobs.get(job["id"])["status"] == "pending" and time.monotonic() < ends:
        time.sleep(0.02)
    done = api.jobs.get(job["id"])
    assert done["summary"] == {"total": 2, "inserted": 1, "updated": 0, "failed": 1}
    [row] = api.jobs.get_failed_job(job["id"])
    assert row["errors"][0]["code"] == "INVALID_FORMAT"
    assert api.jobs.export_users({"connection_id": tls_sandbox.connection_id, "format": "json"})["type"] == "users_export"


def test_tickets_and_mails(api, tls_sandbox, user):
    for make in (api.tickets.create_pswd_change, api.tickets.create_email_verification):
        assert make({"user_id": user["user_id"]})["ticket"].startswith(tls_sandbox.url + "/u/")
    assert api.jobs.send_verification_email({"user_id": user["user_id"]})["type"] == "verification_email"
    database = Database(tls_sandbox.host, tls_sandbox.client_id)
    assert "sent you an email" in database.change_password(user["email"], tls_sandbox.connection)
    made = database.signup(f"{uuid.uuid4().hex}@example.org", PASSWORD, tls_sandbox.connection)
    assert made["email_verified"] is False and "_id" in made


def test_logs(api, user):
    page = api.logs.search(q="type:ss")
    assert page["logs"] and page["length"] == len(page["logs"])
    entry = page["logs"][0]
    assert api.logs.get(entry["log_id"]) == entry
    assert api.logs.search(from_param=entry["log_id"], take=5) is not None


def test_connections_and_what_a_check_reads(api, tls_sandbox):
    [found] = api.connections.all(strategy="auth0", name=tls_sandbox.connection)
    assert found["id"] == tls_sandbox.connection_id and found["options"]["mfa"]["active"] is True
    made = api.connections.create({"name": f"c-{uuid.uuid4().hex[:8]}", "strategy": "auth0"})
    changed = api.connections.update(made["id"], {"options": {"passwordPolicy": "low"}})
    assert changed["options"]["passwordPolicy"] == "low" and "mfa" not in changed["options"]
    assert "deleted_at" in api.connections.delete(made["id"])
    refused(lambda: api.connections.get(made["id"]), 404, "inexistent_connection")
    own = api.clients.get(tls_sandbox.client_id)
    assert own["is_token_endpoint_ip_header_trusted"] is True
    assert tls_sandbox.client_id in [c["client_id"] for c in api.clients.all()]
    [grant] = api.client_grants.all(client_id=tls_sandbox.client_id)
    assert "read:users" in grant["scope"]
    assert api.tenants.get()["flags"]["enable_sso"] is True
    assert api.attack_protection.get_suspicious_ip_throttling()["stage"]["pre-user-registration"]["rate"] == 1200
    assert api.attack_protection.update_brute_force_protection({"max_attempts": 7})["max_attempts"] == 7
    assert api.attack_protection.get_breached_password_detection()["method"] == "standard"
