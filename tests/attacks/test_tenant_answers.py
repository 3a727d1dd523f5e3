"""Somebody speaks in the tenant's place, or the tenant itself has gone bad. The attacker types a password that is
nobody's, and the answer says that it was right."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from auth0db.models import Auth0User
from browser import Browser
from forge import answer, claims_of, fresh, signing_key, token
from harness import PASSWORD, make_person

WRONG = "Wrong-Password-1"


@pytest.fixture
def forged(tenant, site, ada, folder):
    """forged(alg=..., key=..., claim=...): is somebody with a wrong password let in on such a token?"""
    genuine = tenant.grant(ada.email, PASSWORD)  # as an attacker gets one for an account of their own
    claims = claims_of(genuine["id_token"])
    tenant_key = signing_key(folder / "tenant.db")

    def log_in(alg="RS256", key=None, **changed):
        forgery = token(key or tenant_key, fresh(claims, **changed), alg)
        tenant.fault("/oauth/token", body=answer(forgery, genuine))
        admitted = Browser(site).log_in("ada", WRONG)
        tenant.clear_faults()
        return admitted == ada.pk

    # An unchanged token gets in: whoever holds the tenant's key is the tenant. So what follows fails for its own reason.
    # (renewing the hash with the wrong password, which is undone here)
    assert log_in()
    ada.set_password(PASSWORD)
    ada.save()
    Auth0User.objects.filter(user=ada).update(sync_digest="", tenant_mark="?")
    return log_in


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another-application"},
        {"aud": []},
        {"iss": "https://attacker.example/"},
        {"exp": 1},
        {"iat": 4102444800, "exp": 4102448400},
        {"sub": "auth0|ffffffffffffffffffffffff"},
        {"sub": ""},
        {"alg": "none"},
        {"alg": "HS256"},
    ],
    ids=["audience", "no-audience", "issuer", "expired", "future", "subject", "nobody", "none", "hmac"],
)
def test_a_forged_id_token(forged, changed):
    assert not forged(**changed)


def test_an_id_token_of_another_key(tenant, forged, folder):
    retired = signing_key(folder / "tenant.db")
    tenant.call("POST", "/sandbox/keys/rotate", {"revoke": True})
    assert signing_key(folder / "tenant.db")["kid"] != retired["kid"]
    named_like_the_new = dict(retired, kid=signing_key(folder / "tenant.db")["kid"])
    assert not forged(key=named_like_the_new)


def test_a_replayed_answer_of_another_user(tenant, site, ada):
    make_person("mallory", "Mallory-Secret-6")
    Browser(site).log_in("mallory", "Mallory-Secret-6")
    recorded = tenant.grant("mallory@people.example", "Mallory-Secret-6")
    tenant.fault("/oauth/token", body=answer(recorded["id_token"], recorded))
    assert Browser(site).log_in("ada", WRONG) is None
    assert Browser(site).log_in("ada") is None, "nor does it lead to Mallory"


@pytest.mark.parametrize(
    "answered",
    [
        {"kind": "html"},
        {"kind": "huge"},
        {"kind": "empty"},
        {"kind": "malformed"},
        {"body": "[" * 100000},
        {"body": "null"},
        {"body": '{"id_token": {"sub": "auth0|x"}}'},
        {"body": '{"id_token": "a.b.c", "access_token": "x"}'},
        {"body": '{"access_token": "x", "token_type": "Bearer"}'},
        {"cut_at": 30},
        {"drop": True},
    ],
    ids=lambda answered: "-".join(map(str, answered.values()))[:20],
)
def test_a_malicious_tenant_answer(tenant, site, ada, answered):
    bob = make_person("bob")
    tenant.fault("/oauth/token", **answered)
    tenant.fault("/api/v2/users", **answered)
    for name in ("ada", "bob", "nobody@people.example"):
        assert Browser(site).log_in(name, WRONG) is None
    assert Browser(site).log_in("bob") == bob.pk, "and it keeps nobody out who has not moved"
    assert not Auth0User.objects.filter(user=bob).exists()


def test_a_created_user_with_another_id(tenant, site, ada):
    """The answer to a create names the victim's id: no second user is linked to it."""
    import json

    bob = make_person("bob")
    theirs = tenant.user(ada.auth0.auth0_id)
    tenant.fault("/api/v2/users", method="POST", status=201, body=json.dumps(theirs))
    assert Browser(site).log_in("bob") == bob.pk
    assert not Auth0User.objects.filter(user=bob).exists()


def test_a_tenant_that_redirects(tenant, site, ada):
    """Passwords and tokens go to AUTH0_DOMAIN, and are not sent on to wherever it points."""
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.send_error(500)

        do_GET = do_POST

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    to = "http://127.0.0.1:%d/" % server.server_port
    try:
        for status in (301, 302, 307, 308):
            tenant.fault("/", status=status, headers={"Location": to})
            assert Browser(site).log_in("ada", WRONG) is None
            tenant.clear_faults()
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


@pytest.mark.parametrize(
    "domain",
    [
        "http://169.254.169.254",
        "http://intern.example",
        "ftp://acme.eu.auth0.com",
        "file:///etc/passwd",
        "acme.eu.auth0.com@attacker.example",
        "acme.eu.auth0.com/../x",
        "acme.eu.auth0.com?x=",
        "acme.eu.auth0.com#",
        "acme\r\nHost: x",
        "http://127.0.0.1.attacker.example",
    ],
)
def test_a_domain_that_leads_elsewhere(serve, mails, domain):
    """AUTH0_DOMAIN is refused before anything is sent; a login is an error, not an admission."""
    site = serve(AUTH0_DOMAIN=domain)
    make_person("ada")
    assert Browser(site).log_in("ada") is None
    assert "Exception Type: BadSetting" in "".join(mails())
