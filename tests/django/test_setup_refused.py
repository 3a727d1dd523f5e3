"""Auth0 does not take what the settings say: nobody gets in by an old password, it is said once, and a secret can be
replaced while people log in."""

import pytest

from auth0db import conf, outage, signals
from auth0db.models import Auth0User, Holdout
from harness import NEWER, PASSWORD, make_person


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(outage, "_began", None)
    monkeypatch.setattr(outage, "_refused", False)


@pytest.fixture
def said():
    heard = []

    def refused(sender, domain, setting, detail, **named):
        heard.append(("refused", setting))
        assert "wrong" not in detail

    def accepted(sender, domain, **named):
        heard.append(("accepted", ""))

    signals.auth0_setup_refused.connect(refused)
    signals.auth0_setup_accepted.connect(accepted)
    yield heard
    signals.auth0_setup_refused.disconnect(refused)
    signals.auth0_setup_accepted.disconnect(accepted)


def test_a_secret_that_was_replaced_lets_no_old_password_in_and_is_said_once(
    tenant, site, moved, settings, said, caplog
):
    tenant.set_password(moved.auth0.auth0_id, NEWER)
    right, settings.AUTH0_CLIENT_SECRET = settings.AUTH0_CLIENT_SECRET, "wrong"
    for password in (PASSWORD, NEWER, PASSWORD):
        assert site.login(moved, password) is None
    assert said == [("refused", "AUTH0_CLIENT_SECRET")]
    assert caplog.text.count("Auth0 does not take what AUTH0_CLIENT_SECRET says") == 1
    newcomer = make_person("bob")
    assert site.login(newcomer) == newcomer.pk, "who has not moved is never kept out"
    settings.AUTH0_CLIENT_SECRET = right
    assert site.login(moved, PASSWORD) is None
    assert site.login(moved, NEWER) == moved.pk
    assert said[1:] == [("accepted", "")]


@pytest.mark.parametrize("kind", [list, tuple])
def test_of_two_secrets_one_is_taken(tenant, site, moved, settings, said, kind):
    settings.AUTH0_CLIENT_SECRET = kind(["wrong", settings.AUTH0_CLIENT_SECRET])
    newcomer = make_person("bob")
    assert site.login(moved) == moved.pk
    assert site.login(moved, NEWER) is None
    assert site.login(newcomer) == newcomer.pk
    assert Auth0User.objects.filter(user=newcomer).exists(), "the management token came by it too"
    assert said == []


def test_a_list_of_three_is_named_and_not_shown(settings):
    settings.AUTH0_CLIENT_SECRET = ["one-secret", "two-secret", "three-secret"]
    with pytest.raises(conf.BadSetting) as caught:
        conf.client()
    assert caught.value.where == "AUTH0_CLIENT_SECRET"
    assert "secret'" not in str(caught.value) and "one-secret" not in str(caught.value)


def test_a_tenant_with_several_domains_is_nobodys_account(tenant, site, settings, said):
    """Its 409 said "somebody else's e-mail": nobody ever moved, and all were held back as foreign accounts."""
    tenant.options(custom_domains=["login.example.org", "shop.example.net"])
    ada = make_person("ada")
    assert site.login(ada) == ada.pk
    assert not Auth0User.objects.exists() and not Holdout.objects.exists()
    assert said == [("refused", "AUTH0_CUSTOM_DOMAIN")]
    settings.AUTH0_CUSTOM_DOMAIN = "shop.example.net"
    assert site.login(ada) == ada.pk
    assert Auth0User.objects.filter(user=ada).exists()
    assert said[1:] == [("accepted", "")]
