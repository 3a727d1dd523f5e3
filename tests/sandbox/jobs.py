"""Words for tests of bulk jobs: a form as a client sends it, and a job to its end."""
import json
import time
import uuid

LIMIT = 512_000


def form(parts, boundary=None):
    """(body, content type). parts: (name, bytes or text[, file name])."""
    boundary = boundary or uuid.uuid4().hex
    out = b""
    for name, value, *file in parts:
        value = value if isinstance(value, bytes) else value.encode()
        extra = f'; filename="{file[0]}"\r\nContent-Type: application/json' if file else ""
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode()
        out += value + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def import_form(tenant, users, **fields):
    raw = users if isinstance(users, bytes) else json.dumps(users).encode()
    texts = {"connection_id": tenant.connection_id, "send_completion_email": "false", **fields}
    return form([("users", raw, "users.json")] + [(name, text) for name, text in texts.items() if text is not None])


def post_form(tenant, body, kind, token=None):
    return tenant.ask("POST", "/api/v2/jobs/users-imports", body, {**tenant.bearer(token), "Content-Type": kind})


def submit(tenant, users, **fields):
    """(status, headers, answer) of POST users-imports."""
    return post_form(tenant, *import_form(tenant, users, **fields))


def job_of(tenant, job_id):
    status, _, answer = tenant.api("GET", f"/jobs/{job_id}")
    assert status == 200, answer
    return answer


def errors_of(tenant, job_id):
    """The list of failed rows; [] where the tenant says 204."""
    status, _, answer = tenant.api("GET", f"/jobs/{job_id}/errors")
    assert status in (200, 204), answer
    return [] if status == 204 else answer


def settled(tenant, job_id, timeout=60):
    """Waits for a job that nothing slows down."""
    until = time.monotonic() + timeout
    while True:
        job = job_of(tenant, job_id)
        if job["status"] not in ("pending", "processing"):
            return job
        assert time.monotonic() < until, job
        time.sleep(0.02)


def run(tenant, users, **fields):
    """An import, to its end: (job, rows that failed)."""
    status, _, answer = submit(tenant, users, **fields)
    assert status == 202, answer
    return settled(tenant, answer["id"]), errors_of(tenant, answer["id"])


def imported(tenant, users, **fields):
    """An import in which everything goes well."""
    job, failed = run(tenant, users, **fields)
    assert (job["status"], failed) == ("completed", []), (job, failed)
    return job


def codes(failed):
    return [[error["code"] for error in row["errors"]] for row in failed]
