"""A tenant with several custom domains. facts on users, as recorded."""
import pytest
from conftest import GOOD
from sandbox import Sandbox

CALLS = {
    "create": lambda there, user: ("POST", "/users", {"connection": there.connection, "email": "eve@example.com",
                                                       "password": GOOD}, 201),
    "change": lambda there, user: ("PATCH", "/users/" + user["user_id"], {"password": GOOD + "1"}, 200),
    "ticket": lambda there, user: ("POST", "/tickets/password-change", {"user_id": user["user_id"]}, 201),
    "mail": lambda there, user: ("POST", "/jobs/verification-email", {"user_id": user["user_id"]}, 201),
}
TWO = ["login.example.org", "shop.example.net"]


@pytest.mark.parametrize("call", ["create", "change"])
def test_several_domains_and_no_default_are_a_conflict_until_one_is_named(tenant, call):
    method, path, body, fine = CALLS[call](tenant, tenant.create("bob@example.com"))
    tenant.options(custom_domains=TWO)
    # Auth0's contract lists the status for creates alone
    status, _, answer = Sandbox.ask(tenant, method, "/api/v2" + path, body, tenant.bearer(None))
    assert (status, answer["errorCode"], answer["message"]) == (
        409, "custom_domain_conflict", "The tenant has multiple verified custom domains.")
    for domain, wanted in (("evil.example", 400), (TWO[1], fine)):
        named = {**tenant.bearer(None), "auth0-custom-domain": domain}
        assert tenant.ask(method, "/api/v2" + path, body, named)[0] == wanted


@pytest.mark.parametrize("call", ["ticket", "mail"])
def test_what_only_sends_a_link_may_name_its_domain(tenant, call):
    method, path, body, fine = CALLS[call](tenant, tenant.create("bob@example.com"))
    tenant.options(custom_domains=TWO)
    assert tenant.api(method, path, body)[0] == fine
    for domain, wanted in (("evil.example", 400), (TWO[1], fine)):
        named = {**tenant.bearer(None), "auth0-custom-domain": domain}
        assert tenant.ask(method, "/api/v2" + path, body, named)[0] == wanted


@pytest.mark.parametrize("options", [{"custom_domains": TWO, "default_custom_domain": TWO[0]}, {"custom_domains": TWO[:1]}])
def test_one_domain_or_a_default_needs_no_header(tenant, options):
    tenant.options(**options)
    assert tenant.create("bob@example.com")["email"] == "bob@example.com"


def test_reads_never_need_it(tenant):
    user = tenant.create("bob@example.com")
    tenant.options(custom_domains=TWO)
    assert tenant.user(user["user_id"]) == user
