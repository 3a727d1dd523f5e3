"""Bulk exports: the job, the link that does not last, the file."""
import csv
import gzip
import io
import json
import urllib.error
import urllib.request

import pytest
from conftest import Tenant
from jobs import imported, job_of, settled
from test_jobs import sha256_hash


def export(tenant, **wanted):
    """The finished job and its file, unpacked."""
    status, _, job = tenant.api("POST", "/jobs/users-exports", wanted)
    assert status == 200 and (job["type"], job["status"]) == ("users_export", "pending"), job
    job = settled(tenant, job["id"])
    assert job["status"] == "completed"
    return job, fetch(job["location"])


def fetch(location):
    with urllib.request.urlopen(location, timeout=30) as answer:
        assert answer.headers["content-type"] == "application/gzip"
        return gzip.decompress(answer.read()).decode()


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def people(tenant):
    imported(tenant, [{"email": f"u{i}@example.com", "user_id": f"u{i}", "name": 'Ann "A", Lee\n', "family_name": "Zoë",
                       "user_metadata": {"plan": {"name": "gold"}}, "custom_password_hash": sha256_hash("Secret-1", "pepper")}
                      for i in range(450)])


def test_json_is_a_line_for_each_user_and_holds_no_hash(tenant, people):
    job, text = export(tenant)
    assert job["format"] == "json" and "summary" not in job
    users = lines(text)
    assert [user["user_id"] for user in users] == [f"auth0|u{i}" for i in range(450)]
    assert users[7] == tenant.user("auth0|u7")
    assert "pepper" not in text and "sha256" not in text


def test_fields_limit_and_connection(tenant, people):
    _, text = export(tenant, connection_id=tenant.connection_id, limit=3, fields=[
        {"name": "email"}, {"name": "user_metadata.plan.name", "export_as": "plan"}, {"name": "last_login"}])
    assert lines(text) == [{"email": f"u{i}@example.com", "plan": "gold"} for i in range(3)]
    status, _, other = tenant.api("POST", "/connections", {
        "name": "Other", "strategy": "auth0", "enabled_clients": [tenant.client_id]})
    assert export(tenant, connection_id=other["id"])[1] == ""


def test_csv(tenant, people):
    _, text = export(tenant, format="csv", limit=2, fields=[
        {"name": "email", "export_as": "E-Mail"}, {"name": "name"}, {"name": "email_verified"}, {"name": "identities"}])
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["E-Mail", "name", "email_verified", "identities"]
    assert rows[1][:3] == ["u0@example.com", 'Ann "A", Lee\n', "false"] and json.loads(rows[1][3])[0]["user_id"] == "u0"
    rows = list(csv.DictReader(io.StringIO(export(tenant, format="csv")[1])))
    assert len(rows) == 450 and rows[3]["user_id"] == "auth0|u3"


def test_a_location_lasts_a_minute_and_can_be_asked_for_again(tenant, people):
    job, text = export(tenant, limit=1)
    tenant.control("POST", "/clock", {"seconds": 61})
    for location in (job["location"], job["location"].replace("expires=", "expires=9"),
                     job["location"][:-1] + ("0" if job["location"][-1] != "0" else "1"),
                     job["location"].partition("?")[0]):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(location)
        assert refused.value.code == 403 and refused.value.read().startswith(b"<?xml")
        refused.value.close()
    assert fetch(job_of(tenant, job["id"])["location"]) == text
    tenant.control("POST", "/clock", {"seconds": 24 * 3600})
    tenant._token = tenant.token()
    assert tenant.api("GET", f"/jobs/{job['id']}")[0] == 404


def test_an_export_is_none_of_the_two_imports_and_goes_with_the_clock(tenant, people):
    tenant.options(job_users_per_second=1)
    jobs = [tenant.api("POST", "/jobs/users-exports", {})[2]["id"] for _ in range(3)]
    seen = job_of(tenant, jobs[0])
    assert seen["status"] == "pending" and "location" not in seen
    tenant.control("POST", "/clock", {"seconds": 451})
    assert [len(lines(fetch(job_of(tenant, job)["location"]))) for job in jobs] == [450] * 3
    assert tenant.api("GET", f"/jobs/{jobs[0]}/errors")[0] == 204


@pytest.mark.parametrize("wrong", [
    {"format": "xml"}, {"limit": 0}, {"limit": "5"}, {"fields": {}}, {"fields": [{}]}, {"fields": [{"name": "x" * 101}]},
    {"fields": [{"name": "email", "as": "x"}]}, {"colour": "red"}, {"connection_id": "con_0123456789abcdef"},
    {"connection_id": 5}, {"format": "csv", "fields": [{"name": f"f{i}"} for i in range(31)]}])
def test_what_an_export_refuses(tenant, wrong):
    status, _, answer = tenant.api("POST", "/jobs/users-exports", wrong)
    assert (status, answer["errorCode"]) == (400, "invalid_body")


def test_an_export_needs_its_scope(tenant):
    assert tenant.api("POST", "/jobs/users-exports", {}, token=tenant.token("create:users"))[0] == 403


def test_an_export_starts_again_after_a_restart(tmp_path):
    options = ["--quiet", "--data", str(tmp_path / "tenant.db")]
    with Tenant(*options) as tenant:
        imported(tenant, [{"email": f"u{i}@example.com"} for i in range(300)])
        tenant.options(job_users_per_second=1)
        job = tenant.api("POST", "/jobs/users-exports", {})[2]["id"]
        tenant.control("POST", "/clock", {"seconds": 299})
        assert job_of(tenant, job)["percentage_done"] >= 99
        assert tenant.stop() == 0
    with Tenant(*options) as tenant:
        assert len(lines(fetch(settled(tenant, job)["location"]))) == 300
    with Tenant(*options) as tenant:
        assert len(lines(fetch(job_of(tenant, job)["location"]))) == 300, "a file that is whole is kept"
