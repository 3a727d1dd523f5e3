"""private_key_jwt: an application that proves itself by a key of its own."""
import time

import pytest
from keys import new_key, proof

ISSUER = "{url}/"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def tenant(tenant, key):
    tenant.options(token_endpoint_auth_method="private_key_jwt", client_public_key=key[1])
    return tenant


def ask(tenant, **proven):
    body = {"grant_type": "client_credentials", "client_id": tenant.client_id, **proven,
            "audience": f"{tenant.info['url']}/api/v2/"}
    return tenant.ask("POST", "/oauth/token", body)


def issuer(tenant):
    return f"{tenant.info['url']}/"


@pytest.mark.parametrize("alg", ["RS256", "RS384", "PS256"])
def test_each_algorithm_that_auth0_takes_is_taken(tenant, key, alg):
    status, _, answer = ask(tenant, **proof(key[0], tenant.client_id, issuer(tenant), alg))
    assert status == 200 and answer["token_type"] == "Bearer"


def test_the_secret_is_no_proof_any_more(tenant):
    assert ask(tenant, client_secret=tenant.client_secret)[0] == 401
    assert ask(tenant)[0] == 401


def test_each_is_good_once(tenant, key):
    once = proof(key[0], tenant.client_id, issuer(tenant))
    assert [ask(tenant, **once)[0] for _ in range(2)] == [200, 401]


def now():
    return int(time.time())


@pytest.mark.parametrize("wrong", [
    lambda issuer: {"aud": [issuer]}, lambda issuer: {"aud": issuer.rstrip("/")}, lambda issuer: {"aud": None},
    lambda issuer: {"aud": issuer + "oauth/token"}, lambda _: {"iss": "another"}, lambda _: {"sub": "another"},
    lambda _: {"exp": now() - 1}, lambda _: {"exp": now() + 400}, lambda _: {"exp": None}, lambda _: {"jti": None},
    lambda _: {"jti": "x" * 65}, lambda _: {"iat": now() + 60}, lambda _: {"nbf": now() + 60}, lambda _: {"alg": "RS512"}])
def test_an_assertion_that_auth0_would_refuse_is_refused(tenant, key, wrong):
    changes = wrong(issuer(tenant))
    assert ask(tenant, **proof(key[0], tenant.client_id, issuer(tenant), **changes))[0] == 401


def test_another_key_is_no_proof(tenant, tmp_path):
    other, _ = new_key(tmp_path, "other")
    status, _, answer = ask(tenant, **proof(other, tenant.client_id, issuer(tenant)))
    assert (status, answer["error"]) == (401, "invalid_client")


def test_an_address_that_is_sent_along_is_not_believed(tenant, key):
    tenant.create()
    status, _ = tenant.login(client_secret=None, ip="203.0.113.7", **proof(key[0], tenant.client_id, issuer(tenant)))
    assert status == 200 and tenant.events("sepft")[0]["ip"] != "203.0.113.7"


def test_an_application_with_a_key_is_shown_with_it(tenant, key):
    token = ask(tenant, **proof(key[0], tenant.client_id, issuer(tenant), "RS256"))[2]["access_token"]
    shown = tenant.api("GET", f"/clients/{tenant.client_id}", token=token)[2]
    assert "private_key_jwt" in shown["client_authentication_methods"] and "token_endpoint_auth_method" not in shown
