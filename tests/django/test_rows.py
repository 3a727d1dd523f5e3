"""Users as Django has them, where the table tells something else: nobody who is banned, hidden or deleted moves."""

import io
import json
import os
import stat
from datetime import datetime, timezone

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import models

from auth0db import rows, site_map
from auth0db.backends import MigrateToAuth0Backend
from auth0db.models import Tombstone
from harness import make_person
from test_site_map import printed


def written(**options):
    out, err = io.StringIO(), io.StringIO()
    call_command("auth0_users", stdout=out, stderr=err, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


class Living(models.Manager):
    def get_queryset(self):
        return super().get_queryset().exclude(is_staff=True)


@pytest.fixture
def hiding(monkeypatch):
    """A default manager that hides some."""
    manager = Living()
    manager.model, manager.name = get_user_model(), "living"
    monkeypatch.setattr(type(get_user_model()), "_default_manager", property(lambda model: manager))


class Banned(MigrateToAuth0Backend):
    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not user.is_staff


def reversed_on_reading(field, value, expression, connection):
    return value and value[::-1]


def test_a_stock_table_tells_what_the_model_does():
    assert rows.differences() == []
    assert "unproven" in printed()


def test_a_field_with_a_conversion_of_its_own_is_found(monkeypatch):
    field = get_user_model()._meta.get_field("email")
    monkeypatch.setattr(type(field), "from_db_value", reversed_on_reading, raising=False)
    (found,) = rows.differences()
    assert "email has a conversion of its own" in found


def test_a_flag_that_is_computed_is_found(monkeypatch):
    model = get_user_model()
    real = rows._field
    monkeypatch.setattr(rows, "_field", lambda m, name: None if name == "is_active" else real(m, name))
    monkeypatch.setattr(model, "is_active", property(lambda user: user.last_name != "banned"))
    (found,) = rows.differences()
    assert found == model.__name__ + ".is_active is computed"
    monkeypatch.setattr(model, "is_active", True)
    assert rows.differences() == [], "as AbstractBaseUser has it"


def test_a_manager_that_hides_users_is_found(hiding):
    (found,) = rows.differences()
    assert "manager" in found and "hides" in found


@pytest.mark.parametrize("name", ["auth0_plan", "auth0_import", "auth0_export", "auth0_remind", "auth0_site"])
def test_what_takes_users_to_auth0_stops_and_says_what_to_do(tenant, hiding, name):
    with pytest.raises(CommandError, match="hides some of the users.*auth0_users") as refused:
        call_command(name)
    assert refused.value.returncode == 2
    site_map.site_map()  # what only looks at links goes on


def test_users_are_written_by_the_manager_that_logs_people_in(hiding):
    ada, bob = make_person("ada"), make_person("bob", email="bob@people.example")
    get_user_model().objects.filter(pk=bob.pk).update(is_staff=True)
    users, said = written()
    assert [user["email"] for user in users] == [ada.email] and "1 users written; 1 are hidden" in said
    users, said = written(hidden=True)
    assert len(users) == 2 and "hidden" not in said


def test_a_row_holds_what_the_model_and_its_backends_say(settings):
    settings.AUTHENTICATION_BACKENDS = [__name__ + ".Banned", "django.contrib.auth.backends.ModelBackend"]
    settings.AUTH0_EMAIL_VERIFIED = __name__ + ".is_ada"
    ada, bob = make_person("ada"), make_person("bob", email="bob@people.example")
    get_user_model().objects.filter(pk=ada.pk).update(last_login=datetime(2024, 6, 3, 21, 48, 14, 76000, timezone.utc))
    get_user_model().objects.filter(pk=bob.pk).update(is_staff=True)
    (first, second), _ = written()
    if first["email"] != ada.email:
        first, second = second, first
    assert first["key"] == get_user_model()._meta.pk.value_to_string(ada) and first["password"] == ada.password
    assert first["last_login"] == "2024-06-03T21:48:14.076000+00:00"
    assert (first["is_active"], first["email_verified"]) == (True, True)
    assert (second["is_active"], second["email_verified"]) == (False, False)


def test_a_hash_that_the_site_reads_in_its_own_way_is_not_written(settings):
    """The command that reads the line would take it for what its name says."""
    settings.PASSWORD_HASHERS = ["test_site_hashers.Peppered"]
    ada = make_person("ada")
    (row,), _ = written()
    assert ada.password.startswith("pbkdf2_sha256$") and row["password"] == ""


def test_users_are_read_page_by_page(monkeypatch):
    monkeypatch.setattr(rows, "PAGE", 2)
    made = {make_person("u%d" % i, email="u%d@people.example" % i).email for i in range(5)}
    users, _ = written()
    assert len(users) == 5 and {user["email"] for user in users} == made


def test_a_key_that_was_given_out_before_tells_how_often(settings):
    """As the database would: else a new person gets the id of a former one."""
    ada = make_person("ada")
    Tombstone.objects.create(user_id=ada.pk, number=1, auth0_id="auth0|1", state="left")
    Tombstone.objects.create(user_id=ada.pk, number=2, auth0_id="auth0|2", state="left")
    (row,), _ = written()
    assert row["tombstones"] == 2


def is_ada(user):
    return user.email.startswith("ada")


def test_a_file_is_its_owners_alone_and_never_written_over(tmp_path):
    make_person("ada")
    file = tmp_path / "users.ndjson"
    assert written(file=str(file))[0] == []
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600 and len(file.read_text().splitlines()) == 1
    with pytest.raises(CommandError, match="File exists"):
        written(file=str(file))


def test_hashes_are_shown_on_no_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout", type("Terminal", (), {"isatty": lambda self: True})())
    with pytest.raises(CommandError, match="terminal"):
        call_command("auth0_users", stdout=io.StringIO())
