"""PyPI auth0-python, ManagementClient and the authentication classes, against the sandbox over TLS."""
import gzip
import hashlib
import json
import time
import uuid

import pytest

auth0 = pytest.importorskip("auth0", reason="auth0-python is not installed (the judges venv)")
from auth0.authentication import Database, GetToken, Users  # noqa: E402
from auth0.authentication.token_verifier import AsymmetricSignatureVerifier, TokenVerifier  # noqa: E402
from auth0.authentication.exceptions import Auth0Error, RateLimitError  # noqa: E402
from auth0.management import ManagementClient  # noqa: E402
from auth0.management.core.api_error import ApiError  # noqa: E402
from forms import open_page  # noqa: E402
import requests  # noqa: E402

PASSWORD = "Correct-horse-7-é"


@pytest.fixture(autouse=True)
def trust(tls_sandbox, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls_sandbox.ca_file)
    monkeypatch.setenv("SSL_CERT_FILE", tls_sandbox.ca_file)


@pytest.fixture
def api(tls_sandbox, trust):
    return ManagementClient(domain=tls_sandbox.host, client_id=tls_sandbox.client_id,
                            client_secret=tls_sandbox.client_secret)


@pytest.fixture
def user(api, tls_sandbox):
    made = api.users.create(connection=tls_sandbox.connection, email=f"{uuid.uuid4().hex}@example.org",
                            password=PASSWORD, verify_email=False, given_name="Zoë")
    yield made
    api.users.delete(made.user_id)


@pytest.fixture
def tokens(tls_sandbox, trust):
    return GetToken(tls_sandbox.host, tls_sandbox.client_id, client_secret=tls_sandbox.client_secret)


def refused(call, status):
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.status_code == status
    return caught.value.body


def test_create_read_update_search_delete(api, tls_sandbox):
    email = f"{uuid.uuid4().hex}@example.org"
    made = api.users.create(connection=tls_sandbox.connection, email=email.upper(), password=PASSWORD,
                            user_id=uuid.uuid4().hex, email_verified=True, user_metadata={"a": 1})
    assert made.email == email and made.email_verified is True
    assert made.user_id.startswith("auth0|") and made.identities[0].provider == "auth0"
    assert api.users.get(made.user_id).user_metadata == {"a": 1}
    assert [u.user_id for u in api.users.list_users_by_email(email=email)] == [made.user_id]
    found = api.users.list(q=f'email:"{email}"', search_engine="v3", per_page=10)
    assert [u.user_id for u in found] == [made.user_id]
    assert api.users.update(made.user_id, nickname="zo", user_metadata={"b": 2}).user_metadata == {"a": 1, "b": 2}
    assert api.users.get(made.user_id).nickname == "zo"
    api.users.delete(made.user_id)
    refused(lambda: api.users.get(made.user_id), 404)
    api.users.delete(made.user_id)


def test_all_users_come_through_the_pager(api, tls_sandbox):
    marker = uuid.uuid4().hex[:8]
    made = [api.users.create(connection=tls_sandbox.connection, email=f"{marker}{i}@pager.example",
                             password=PASSWORD).user_id for i in range(7)]
    try:
        found = api.users.list(q=f"email:{marker}*", search_engine="v3", per_page=3)
        assert sorted(u.user_id for u in found) == sorted(made)
    finally:
        for user_id in made:
            api.users.delete(user_id)


def test_errors_are_auth0s(api, user, tls_sandbox):
    def create(**more):
        return api.users.create(**{"connection": tls_sandbox.connection, "password": PASSWORD,
                                   "email": f"{uuid.uuid4().hex}@example.org", **more})
    assert "already exists" in str(refused(lambda: create(email=user.email), 409))
    refused(lambda: create(email="no address"), 400)
    refused(lambda: create(connection="no-such-connection"), 400)
    refused(lambda: create(username="someone"), 400)  # this connection takes no user names
    stranger = ManagementClient(domain=tls_sandbox.host, token="not.a.token")
    refused(lambda: stranger.users.get(user.user_id), 401)


def test_a_token_holds_only_the_scopes_asked_for(tls_sandbox, user, trust):
    weak = ManagementClient(domain=tls_sandbox.host, token=tls_sandbox.token("read:users"))
    assert weak.users.get(user.user_id).user_id == user.user_id
    body = refused(lambda: weak.users.delete(user.user_id), 403)
    assert "insufficient_scope" in str(body) or "Insufficient scope" in str(body)


def test_connections(api, tls_sandbox):
    named = list(api.connections.list(name=tls_sandbox.connection))
    assert [c.id for c in named] == [tls_sandbox.connection_id]
    assert api.connections.get(tls_sandbox.connection_id).strategy == "auth0"
    refused(lambda: api.connections.get("con_0000000000000000"), 404)


def test_password_login_and_user_info(tokens, tls_sandbox, user):
    answer = tokens.login(user.email, PASSWORD, realm=tls_sandbox.connection, scope="openid profile email")
    verifier = TokenVerifier(
        AsymmetricSignatureVerifier(f"https://{tls_sandbox.host}/.well-known/jwks.json"),
        issuer=f"https://{tls_sandbox.host}/", audience=tls_sandbox.client_id)
    claims = verifier.verify(answer["id_token"])
    assert claims["sub"] == user.user_id and claims["email"] == user.email
    assert Users(tls_sandbox.host).userinfo(answer["access_token"])["sub"] == user.user_id


def test_a_wrong_password_is_refused(tokens, tls_sandbox, user):
    with pytest.raises(Auth0Error) as caught:
        tokens.login(user.email, "wrong", realm=tls_sandbox.connection)
    assert (caught.value.status_code, caught.value.error_code) == (403, "invalid_grant")


def test_a_blocked_user_is_refused(api, tokens, tls_sandbox, user):
    api.users.update(user.user_id, blocked=True)
    with pytest.raises(Auth0Error) as caught:
        tokens.login(user.email, PASSWORD, realm=tls_sandbox.connection)
    assert (caught.value.error_code, caught.value.message) == ("unauthorized", "user is blocked")


def test_client_credentials(tokens, tls_sandbox):
    answer = tokens.client_credentials(f"https://{tls_sandbox.host}/api/v2/")
    assert "create:users" in answer["scope"].split()
    with pytest.raises(Auth0Error) as caught:
        GetToken(tls_sandbox.host, tls_sandbox.client_id, client_secret="wrong").client_credentials(
            f"https://{tls_sandbox.host}/api/v2/")
    assert caught.value.status_code == 401


def test_a_forgotten_password_by_mail(tls_sandbox, user, tokens):
    answer = Database(tls_sandbox.host, tls_sandbox.client_id).change_password(user.email, tls_sandbox.connection)
    assert answer == "We've just sent you an email to reset your password."
    mail, = tls_sandbox.mails(user.email, kind="reset_email")
    page = open_page(mail["link"], ca_file=tls_sandbox.ca_file)
    page.submit(newPassword="Another-horse-8", confirmNewPassword="Another-horse-8")
    assert tokens.login(user.email, "Another-horse-8", realm=tls_sandbox.connection)["access_token"]


def test_the_throttle_of_reset_mails_is_auth0s(tls_sandbox):
    ask = Database(tls_sandbox.host, tls_sandbox.client_id).change_password
    nobody = f"{uuid.uuid4().hex}@example.org"
    for _ in range(10):
        ask(nobody, tls_sandbox.connection)
    with pytest.raises(RateLimitError) as caught:
        ask(nobody, tls_sandbox.connection)
    assert caught.value.status_code == 429 and caught.value.reset_at > 0


def test_tickets(api, user, tls_sandbox, tokens):
    link = api.tickets.change_password(user_id=user.user_id, ttl_sec=60, mark_email_as_verified=True).ticket
    page = open_page(link, ca_file=tls_sandbox.ca_file)
    page.submit(newPassword="Another-horse-8", confirmNewPassword="Another-horse-8")
    assert tokens.login(user.email, "Another-horse-8", realm=tls_sandbox.connection)["access_token"]
    assert api.users.get(user.user_id).email_verified is True
    link = api.tickets.change_password(email=user.email, connection_id=tls_sandbox.connection_id).ticket
    assert open_page(link, ca_file=tls_sandbox.ca_file).status == 200
    link = api.tickets.verify_email(user_id=user.user_id).ticket
    assert "verified" in open_page(link, ca_file=tls_sandbox.ca_file).text
    refused(lambda: api.tickets.change_password(user_id="auth0|nobody"), 404)
    refused(lambda: api.tickets.change_password(), 400)


def finished(api, job_id):
    """A job at its end."""
    until = time.monotonic() + 60
    while True:
        job = api.jobs.get(job_id)
        if job.status != "pending":
            return job
        assert time.monotonic() < until, job
        time.sleep(0.05)


def test_users_come_in_by_a_job(api, tls_sandbox, tokens):
    marker = uuid.uuid4().hex
    digest = hashlib.sha256(b"salt" + PASSWORD.encode()).hexdigest()
    users = [{"email": f"{marker}@example.org", "user_id": marker, "email_verified": True, "given_name": "Zoë",
              "custom_password_hash": {"algorithm": "sha256", "hash": {"value": digest, "encoding": "hex"},
                                       "salt": {"value": "salt"}}},
             {"email": "no address", "user_metadata": {"é": 1}}]
    made = api.jobs.users_imports.create(
        users=("users.json", json.dumps(users).encode(), "application/json"), connection_id=tls_sandbox.connection_id,
        upsert=False, external_id=marker, send_completion_email=False)
    assert (made.status, made.type, made.external_id) == ("pending", "users_import", marker)
    job = finished(api, made.id)
    assert (job.status, job.summary.total, job.summary.inserted, job.summary.failed) == ("completed", 2, 1, 1)
    failed = api.jobs.errors.get(made.id)
    assert [[error.code for error in row.errors] for row in failed] == [["INVALID_FORMAT"]]
    answer = tokens.login(username=f"{marker}@example.org", password=PASSWORD, realm=tls_sandbox.connection,
                          scope="openid email")
    assert answer["access_token"] and api.users.get(f"auth0|{marker}").given_name == "Zoë"
    api.users.delete(f"auth0|{marker}")


def test_a_file_that_is_none_and_a_form_without_users(api, tls_sandbox):
    made = api.jobs.users_imports.create(users=b"[{]", connection_id=tls_sandbox.connection_id,
                                         send_completion_email=False)
    assert finished(api, made.id).status == "failed"
    assert api.jobs.errors.get(made.id).status_details
    refused(lambda: api.jobs.users_imports.create(users=b"", connection_id=tls_sandbox.connection_id), 400)
    refused(lambda: api.jobs.users_imports.create(users=b"[]", connection_id="con_0123456789abcdef"), 400)
    refused(lambda: api.jobs.users_imports.create(users=b" " * 600_000, connection_id=tls_sandbox.connection_id), 413)
    refused(lambda: api.jobs.get("job_0123456789abcdef"), 404)


def test_users_go_out_by_a_job(api, user, tls_sandbox):
    made = api.jobs.users_exports.create(format="json", connection_id=tls_sandbox.connection_id,
                                         fields=[{"name": "email"}, {"name": "given_name", "export_as": "first"}])
    job = finished(api, made.id)
    file = requests.get(job.location, timeout=30)
    lines = [json.loads(line) for line in gzip.decompress(file.content).splitlines()]
    assert {"email": user.email, "first": "Zoë"} in lines
