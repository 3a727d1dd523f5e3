"""PyPI auth0-python of the present generation over the resources that a migration only reads or seldom changes: it builds
objects of what the sandbox answers, and stumbles where a member has another type than Auth0's."""
import uuid

import pytest

auth0 = pytest.importorskip("auth0", reason="auth0-python is not installed (the judges venv)")
from auth0.management import ManagementClient  # noqa: E402
from auth0.management.core.api_error import ApiError  # noqa: E402

PASSWORD = "Correct-horse-7-é"


@pytest.fixture
def api(tls_sandbox, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", tls_sandbox.ca_file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls_sandbox.ca_file)
    return ManagementClient(domain=tls_sandbox.host, client_id=tls_sandbox.client_id,
                            client_secret=tls_sandbox.client_secret)


def make(api, tenant):
    return api.users.create(connection=tenant.connection, email=f"{uuid.uuid4().hex}@example.org", password=PASSWORD,
                            verify_email=False)


@pytest.fixture
def user(api, tls_sandbox):
    made = make(api, tls_sandbox)
    yield made
    api.users.delete(made.user_id)


def test_second_factors(api, user):
    methods = api.users.authentication_methods
    made = methods.create(user.user_id, type="email", name="e", email="a@example.com")
    assert [m.id for m in methods.list(user.user_id)] == [made.id]
    assert methods.get(user.user_id, made.id).confirmed is True
    assert methods.update(user.user_id, made.id, name="f").name == "f"
    methods.delete(user.user_id, made.id)
    methods.set(user.user_id, request=[{"type": "totp", "name": "t", "totp_secret": "GEZDGNBV"}])
    methods.delete_all(user.user_id)
    assert list(methods.list(user.user_id)) == [] and list(api.users.enrollments.get(user.user_id)) == []


def test_identities_blocks_and_logs(api, tls_sandbox, user):
    second = make(api, tls_sandbox)
    linked = api.users.identities.link(user.user_id, provider="auth0", user_id=second.user_id)
    assert [i.provider for i in linked] == ["auth0", "auth0"]
    assert len(api.users.identities.delete(user.user_id, "auth0", second.user_id.split("|")[1])) == 1
    api.users.delete(second.user_id)
    assert api.user_blocks.list(user.user_id).blocked_for == []
    api.user_blocks.delete(user.user_id)
    assert {entry.type for entry in api.users.logs.list(user.user_id)} == {"ss"}
    entry = next(iter(api.logs.list(search="type:ss")))
    assert api.logs.get(entry.log_id).log_id == entry.log_id


def test_connections(api, tls_sandbox):
    made = api.connections.create(name=f"c-{uuid.uuid4().hex[:8]}", strategy="auth0")
    assert api.connections.get(made.id).is_domain_connection is False
    assert made.id in [c.id for c in api.connections.list(strategy=["auth0"])]
    api.connections.clients.update(made.id, request=[{"client_id": tls_sandbox.client_id, "status": True}])
    assert [c.client_id for c in api.connections.clients.get(made.id)] == [tls_sandbox.client_id]
    api.connections.delete(made.id)
    with pytest.raises(ApiError) as caught:
        api.connections.get(made.id)
    assert caught.value.status_code == 404


def test_what_a_check_reads(api, tls_sandbox):
    assert api.clients.get(tls_sandbox.client_id).is_token_endpoint_ip_header_trusted is True
    assert tls_sandbox.client_id in [c.client_id for c in api.clients.list()]
    [grant] = api.client_grants.list(client_id=tls_sandbox.client_id)
    assert "read:users" in grant.scope
    assert api.tenants.settings.get().flags.enable_sso is True
    protection = api.attack_protection
    assert protection.suspicious_ip_throttling.get().stage.pre_login.rate == 864000
    assert protection.brute_force_protection.update(max_attempts=7).max_attempts == 7
    assert protection.breached_password_detection.get().method == "standard"
    assert protection.bot_detection.get().bot_detection_level == "medium"
    assert protection.captcha.get().active_provider_id == "auth_challenge"
