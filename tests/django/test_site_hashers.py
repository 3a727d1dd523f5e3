"""What the site cannot verify as Auth0 will does not move: a pepper, a pre-hash, a model that hashes by itself."""

import io
import json

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management import call_command

from auth0db import proofs, site_map
from harness import PASSWORD, make_person

HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]


class Peppered(hashers.PBKDF2PasswordHasher):
    """The stock name, and the site's pepper in the password."""

    def encode(self, password, salt, iterations=None):
        return super().encode(password + "/pepper", salt, iterations)


class PepperedSince(hashers.PBKDF2PasswordHasher):
    """Reads the old ones too, so that nobody was locked out when it came."""

    def encode(self, password, salt, iterations=None):
        return super().encode(password + "/pepper", salt, iterations)

    def verify(self, password, encoded):
        return super().verify(password, encoded) or hashers.PBKDF2PasswordHasher().verify(password, encoded)


class Prehashed(hashers.PBKDF2SHA1PasswordHasher):
    """Another digest under a stock name."""

    digest = hashers.PBKDF2PasswordHasher.digest


class Locked(hashers.PBKDF2PasswordHasher):
    """Its pepper is kept elsewhere, and not to be had now."""

    def verify(self, password, encoded):
        raise RuntimeError("no pepper")


class Costlier(hashers.PBKDF2PasswordHasher):
    """As many subclass it: for the iterations alone."""

    iterations = 1_200_000


def use(settings, name):
    """In place of the stock one: of two with one name Django takes the last."""
    instead = globals()[name].__mro__[1].__name__
    settings.PASSWORD_HASHERS = [__name__ + "." + name] + [h for h in HASHERS if not h.endswith("." + instead)]


def test_djangos_own_hashers_are_as_auth0_reads_them(settings):
    settings.PASSWORD_HASHERS = HASHERS
    assert proofs.unproven() == {}


def test_a_subclass_for_the_cost_alone_is_no_other_hasher(settings):
    use(settings, "Costlier")
    assert proofs.unproven() == {}


@pytest.mark.parametrize("name, kind", [
    ("Peppered", "pbkdf2_sha256"), ("PepperedSince", "pbkdf2_sha256"), ("Prehashed", "pbkdf2_sha1"),
    ("Locked", "pbkdf2_sha256"),
])  # fmt: skip
def test_a_hasher_of_the_sites_own_is_named(settings, name, kind):
    use(settings, name)
    assert proofs.unproven() == {kind: __name__ + "." + name}


def test_a_model_that_hashes_by_itself_is_named(settings, monkeypatch, caplog):
    from django.contrib.auth import get_user_model

    model = get_user_model()
    settings.PASSWORD_HASHERS = HASHERS
    monkeypatch.setattr(model, "set_password", lambda user, raw: setattr(user, "password", hashers.make_password(raw + "!")))
    assert proofs.unproven() == {"pbkdf2_sha256": model._meta.label}
    monkeypatch.setattr(model, "check_password", lambda user, raw: AbstractBaseUser.check_password(user, raw + "!"))
    found = proofs.unproven()
    assert not caplog.records, "nobody's hash is no news for the log"
    assert set(found.values()) == {model._meta.label} and {"pbkdf2_sha256", "pbkdf2_sha1", "argon2"} <= set(found)


def test_nobody_is_saved_and_no_signal_is_sent(settings):
    """A stock check_password renews what it has checked, and saves its user."""
    from django.contrib.auth import get_user_model
    from django.db.models.signals import pre_save

    saved = []
    pre_save.connect(lambda **said: saved.append(said), weak=False, dispatch_uid="a spy")
    settings.PASSWORD_HASHERS = HASHERS
    proofs.unproven()
    pre_save.disconnect(dispatch_uid="a spy")
    assert saved == [] and not get_user_model().objects.exists()


def test_the_site_map_says_it_where_hashes_move(settings, capsys):
    use(settings, "Peppered")
    assert "unproven" not in site_map.site_map(), "other commands do not wait for it"
    call_command("auth0_site")
    assert json.loads(capsys.readouterr().out)["unproven"] == {"pbkdf2_sha256": __name__ + ".Peppered"}


def test_peppered_users_stay_and_move_by_login(settings, tenant, site):
    use(settings, "Peppered")
    out = io.StringIO()
    ada = make_person("ada")
    call_command("auth0_plan", no_tenant=True, json=True, stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    (reason,) = [r for r in report["reasons"] if r["reason"] == "site-hasher"]
    assert reason["users"] == 1 and reason["detail"] == __name__ + ".Peppered" and report["fates"]["moves"] == 0
    (kind,) = report["hashers"]
    assert kind["fate"] == "site-hasher" and report["site_hashers_asked"] is True
    assert site.login(ada) == ada.pk
    assert tenant.accepts(ada.email, PASSWORD)
