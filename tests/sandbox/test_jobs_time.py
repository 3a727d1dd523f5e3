"""When a job is where: speed, the clock, two hours, a day, a restart. And every way in which it can go wrong."""
import http.client
import threading
import time
import urllib.error

import pytest
from conftest import Tenant
from jobs import codes, errors_of, import_form, job_of, post_form, run, settled, submit
from sandbox import wait_until
from test_jobs import sha256_hash

pytestmark = pytest.mark.usefixtures("documented_codes")

HOUR = 3600


def people(n, start=0):
    return [{"email": f"u{i}@example.com", "user_id": f"u{i}"} for i in range(start, start + n)]


def advance(tenant, seconds):
    tenant.control("POST", "/clock", {"seconds": seconds})


def taken(tenant, users, **fields):
    status, _, job = submit(tenant, users, **fields)
    assert status == 202, job
    return job["id"]


def count(tenant):
    return tenant.control("GET", "/audit")["users"]["import"]


def test_a_job_goes_on_with_the_clock(tenant):
    tenant.options(job_users_per_second=1)
    job = taken(tenant, people(1000))
    seen = job_of(tenant, job)
    assert seen["status"] == "pending" and 900 <= seen["time_left_seconds"] <= 1000 and "summary" not in seen
    advance(tenant, 500)
    seen = job_of(tenant, job)
    assert 50 <= seen["percentage_done"] <= 53 and 500 <= count(tenant) <= 530
    assert errors_of(tenant, job) == []
    advance(tenant, 500)
    seen = job_of(tenant, job)
    assert seen["status"] == "completed" and seen["summary"]["inserted"] == 1000 == count(tenant)
    assert "percentage_done" not in seen


def test_a_job_can_take_the_same_time_whatever_its_size(tenant):
    tenant.options(job_ms=600_000, job_running_status="processing")
    jobs = [taken(tenant, []), taken(tenant, people(500))]
    advance(tenant, 590)
    assert [job_of(tenant, job)["status"] for job in jobs] == ["processing"] * 2
    advance(tenant, 11)
    assert [job_of(tenant, job)["status"] for job in jobs] == ["completed"] * 2


def test_the_background_needs_no_clock_to_be_pushed(tenant):
    tenant.options(job_ms=300)
    job = taken(tenant, people(20))
    assert job_of(tenant, job)["status"] == "pending"
    assert settled(tenant, job)["summary"]["inserted"] == 20
    tenant.options(job_ms=0, job_users_per_second=1)
    job = taken(tenant, people(2000, 20))
    tenant.options(job_users_per_second=0)
    assert settled(tenant, job)["summary"]["inserted"] == 2000


def test_requests_go_on_while_a_job_works(tenant):
    job = taken(tenant, people(3000))
    assert tenant.api("GET", "/users?per_page=1")[0] == 200
    assert settled(tenant, job)["summary"]["inserted"] == 3000


def test_after_two_hours_a_job_has_failed_and_what_it_wrote_stays(tenant):
    tenant.options(job_users_per_second=1)
    job = taken(tenant, people(9000))
    advance(tenant, 2 * HOUR - 5)
    assert job_of(tenant, job)["status"] == "pending"
    advance(tenant, 10)
    seen = job_of(tenant, job)
    assert seen["status"] == "failed" and "summary" not in seen and "hours" in seen["status_details"]
    assert errors_of(tenant, job)["status"] == "failed"
    assert count(tenant) == 7200
    assert submit(tenant, [])[0] == 202, "its slot is free"


def test_after_a_day_job_and_errors_are_gone(tenant):
    job = run(tenant, [{"email": "nonsense"}])[0]["id"]
    advance(tenant, 24 * HOUR - 60)
    assert len(errors_of(tenant, job)) == 1
    advance(tenant, 61)
    tenant._token = tenant.token()  # which lasted a day as well
    for path in (f"/jobs/{job}", f"/jobs/{job}/errors"):
        status, _, answer = tenant.api("GET", path)
        assert (status, answer["error"]) == (404, "Not Found")


def test_reset_forgets_jobs(tenant):
    tenant.options(job_ms=60_000)
    job = taken(tenant, people(5))
    tenant.control("POST", "/reset")
    assert tenant.api("GET", f"/jobs/{job}")[0] == 404
    assert submit(tenant, people(5))[0] == 202
    time.sleep(0.1)
    assert tenant.alive()


# ---- faults ----

def test_the_answer_can_be_lost_after_the_job_was_taken(tenant):
    tenant.token()
    body, kind = import_form(tenant, people(3))
    tenant.fault(method="POST", path="/api/v2/jobs/users-imports", execute=True, drop=True, count=1)
    tenant._token = tenant.token()
    with pytest.raises((http.client.HTTPException, ConnectionError, urllib.error.URLError)):
        post_form(tenant, body, kind)
    advance(tenant, 1)
    assert count(tenant) == 3


def test_a_5xx_can_come_after_the_commit_and_429s_in_a_storm(tenant):
    tenant.fault(method="POST", path="/api/v2/jobs/users-imports", execute=True, status=503, count=1)
    tenant.fault(method="POST", path="/api/v2/jobs/users-imports", status=429, count=3, headers={
        "Retry-After": "1", "X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"})
    assert [submit(tenant, people(2))[0] for _ in range(5)] == [503, 429, 429, 429, 202]
    advance(tenant, 1)
    assert count(tenant) == 2


def test_the_errors_can_fail_alone(tenant):
    tenant.fault(path="/api/v2/jobs/*/errors", status=500, count=1)
    job = run_to_end(tenant, [{"email": "nonsense"}])
    assert tenant.api("GET", f"/jobs/{job}/errors")[0] == 500
    assert codes(errors_of(tenant, job)) == [["FORMAT"]]


def run_to_end(tenant, users):
    job = taken(tenant, users)
    settled(tenant, job)
    return job


def test_a_job_can_fail_whole_and_not_say_why(tenant):
    tenant.fault(job={"fail": True}, count=1)
    job, failed = run(tenant, people(3))
    assert (job["status"], failed) == ("failed", []) and "summary" not in job and "status_details" not in job
    assert tenant.api("GET", f"/jobs/{job['id']}/errors")[0] == 204
    assert count(tenant) == 0
    assert run(tenant, people(3))[0]["status"] == "completed"


def test_a_job_can_fail_half_way_and_say_why(tenant):
    tenant.fault(job={"fail": True, "after": 2, "details": "The disk was full."}, count=1)
    job, failed = run(tenant, people(5))
    assert (job["status"], failed["status_details"], count(tenant)) == ("failed", "The disk was full.", 2)


def test_a_job_can_stop_and_never_end(tenant):
    tenant.fault(job={"stall": True, "after": 2}, count=1)
    job = taken(tenant, people(5))
    advance(tenant, 2 * HOUR - 60)
    assert (job_of(tenant, job)["status"], count(tenant)) == ("pending", 2)
    advance(tenant, 60)
    assert (job_of(tenant, job)["status"], count(tenant)) == ("failed", 2)


def test_a_job_can_lose_its_record_and_be_carried_out(tenant):
    tenant.fault(job={"lost": True}, count=1)
    job = taken(tenant, people(3))
    assert tenant.api("GET", f"/jobs/{job}")[0] == 404
    assert tenant.api("GET", f"/jobs/{job}/errors")[0] == 404
    advance(tenant, 1)
    assert count(tenant) == 3


def test_chosen_rows_can_fail_with_any_code(tenant):
    tenant.fault(job={"rows": [{"at": 0, "code": "CONFLICT", "message": "As ordered", "path": "user_id"},
                                {"email": "U2@example.com", "code": "SOMETHING_NEW"}]}, count=1)
    job, failed = run(tenant, people(4))
    assert job["summary"] == {"total": 4, "inserted": 2, "updated": 0, "failed": 2}
    assert failed[0] == {"user": {"email": "u0@example.com", "user_id": "u0"},
                         "errors": [{"code": "CONFLICT", "message": "As ordered", "path": "user_id"}]}
    assert codes(failed)[1] == ["SOMETHING_NEW"]
    tenant.fault(job={"rows": [{"all": True, "code": "NOT_PASSED"}]}, count=1)
    assert run(tenant, people(4))[0]["summary"]["failed"] == 4


def test_rows_can_end_as_half_created_users(tenant):
    tenant.fault(job={"rows": [{"at": 1, "code": "DUPLICATED_USER", "half_created": True}]}, count=1)
    job, failed = run(tenant, people(2))
    assert (job["summary"]["failed"], tenant.control("GET", "/audit")["half_created"]) == (1, 1)
    _, failed = run(tenant, people(2))
    assert codes(failed) == [["CONFLICT_EMAIL"], ["DUPLICATED_USER"]]
    tenant.api("DELETE", f"/connections/{tenant.connection_id}/users?email=u1@example.com")
    assert codes(run(tenant, people(2))[1]) == [["CONFLICT_EMAIL"]]


def test_a_second_factor_can_fail_alone(tenant):
    tenant.fault(job={"rows": [{"at": 0, "code": "MFA_FACTORS_FAILED", "path": "mfa_factors"}]}, count=1)
    job, failed = run(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("Old-1"),
                                "mfa_factors": [{"totp": {"secret": "GEZDGNBVGY3TQOJQ"}}]}])
    assert codes(failed) == [["MFA_FACTORS_FAILED"]] and job["summary"]["inserted"] == 0
    assert tenant.login("ann@example.com", "Old-1")[0] == 200, "the user is there, without the factor"


@pytest.mark.parametrize("wrong", [
    {"job": {"colour": True}}, {"job": []}, {"job": {"after": -1}}, {"job": {"rows": [{"at": 1}]}}, {"job": {"rows": [5]}},
    {"job": {"rows": {"at": 1, "code": "CONFLICT"}}}, {"job": {"fail": "yes"}}, {"job": {"details": 5}},
    {"job": {"fail": True}, "status": 500}, {"job": {"fail": True}, "path": "/api/v2/jobs"}])
def test_a_job_fault_is_checked(tenant, wrong):
    status, _, answer = tenant.ask("POST", "/sandbox/faults", wrong)
    assert status == 400 and answer["where"] == "job"


# ---- restarts ----

def test_jobs_go_on_after_a_restart(tmp_path):
    options = ["--quiet", "--data", str(tmp_path / "tenant.db")]
    with Tenant(*options) as tenant:
        tenant.options(job_users_per_second=1)
        users = people(400) + [{"email": "U5@example.com"}, {"email": "nonsense"}]
        job = taken(tenant, users, external_id="kept")
        advance(tenant, 250)
        assert 250 <= count(tenant) < 300
        assert tenant.stop() == 0
    with Tenant(*options) as tenant:
        seen = settled(tenant, job)
        assert seen["summary"] == {"total": 402, "inserted": 400, "updated": 0, "failed": 2}
        assert seen["external_id"] == "kept"
        assert codes(errors_of(tenant, job)) == [["DUPLICATED_USER"], ["INVALID_FORMAT"]]
        assert tenant.user("auth0|u399")["email"] == "u399@example.com"
        assert tenant.stop() == 0


def test_a_broken_file_still_fails_after_a_restart(tmp_path):
    options = ["--quiet", "--data", str(tmp_path / "tenant.db")]
    with Tenant(*options) as tenant:
        tenant.options(job_ms=3_600_000)
        job = taken(tenant, b"[{")
        assert job_of(tenant, job)["status"] == "pending"
        assert tenant.stop() == 0
    with Tenant(*options) as tenant:
        assert "valid JSON" in settled(tenant, job)["status_details"]


def test_a_kill_loses_no_job_and_doubles_no_user(tmp_path):
    data = str(tmp_path / "tenant.db")
    with Tenant("--quiet", "--data", data, "--job-users-per-second", "200") as tenant:
        job = taken(tenant, people(1500))
        wait_until(lambda: count(tenant) > 0)
        assert job_of(tenant, job)["status"] != "completed"
        tenant.process.kill()
        tenant.process.wait()
    with Tenant("--quiet", "--data", data) as tenant:
        assert settled(tenant, job)["summary"] == {"total": 1500, "inserted": 1500, "updated": 0, "failed": 0}
        assert count(tenant) == 1500


def test_the_file_of_hashes_goes_with_the_end_of_the_job(tmp_path):
    data = tmp_path / "tenant.db"
    with Tenant("--quiet", "--data", str(data)) as tenant:
        job = taken(tenant, [{"email": "ann@example.com", "custom_password_hash": sha256_hash("Old-1", "s4lt-mark")}])
        settled(tenant, job)
        assert tenant.login("ann@example.com", "Old-1")[0] == 200
        assert tenant.stop() == 0
    for file in tmp_path.iterdir():
        assert b"s4lt-mark" not in file.read_bytes(), file


def test_the_speed_it_was_started_with_survives_a_reset():
    with Tenant("--quiet", "--job-users-per-second", "7") as tenant:
        tenant.options(job_users_per_second=3)
        tenant.control("POST", "/reset")
        assert tenant.control("GET", "/options")["job_users_per_second"] == 7


def test_many_clients_share_two_slots(tenant):
    """Whoever gets a slot, nobody's users are lost and no more than two imports are ever live."""
    done, refused = [], []

    def client(n):
        for i in range(10):
            while True:
                status, _, answer = submit(tenant, people(20, 1000 * n + 20 * i))
                if status == 202:
                    done.append(answer["id"])
                    break
                assert status == 429 and "active import users jobs" in answer["message"]
                refused.append(status)
                time.sleep(0.005)
    tenant.options(job_ms=5)
    tenant._token = tenant.token()
    threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 40 and refused
    assert sum(settled(tenant, job)["summary"]["inserted"] for job in done) == 800 == count(tenant)
