"""A server that has TLS is talked to with it, and is who it says it is."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from databases import NOBODY, SERVERS
from sites import Site


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def client_library():
    """Since 3.4 MariaDB's compares the name wherever it was given an authority."""
    said = subprocess.run(["pkg-config", "--modversion", "libmariadb"], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, said.split(".")[:2]))


def authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
            "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
    return folder / f"{name}.pem"


def certificate(folder, ca, host):
    """{"ca": ..., "cert": ..., "key": ...}, readable to the server."""
    request, cert, key, names = (folder / f"{host}.{end}" for end in ("csr", "crt", "key", "ext"))
    names.write_text(f"subjectAltName = DNS:{host}, IP:127.0.0.1, IP:127.0.0.2\n" if host == "right" else f"subjectAltName = DNS:{host}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={host}",
            "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca.with_suffix(".key"), "-CAcreateserial", "-days", 2,
            "-extfile", names, "-out", cert)
    key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(key, NOBODY)
    return {"ca": ca, "cert": cert, "key": key}


@pytest.mark.parametrize("kind", sorted(SERVERS))
@pytest.mark.parametrize("host", ["right", "another"])
def test_a_server_is_who_its_certificate_says(kind, host):
    with tempfile.TemporaryDirectory(prefix="auth0db-tls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        ours, theirs = authority(folder, "ours"), authority(folder, "theirs")
        server = SERVERS[kind](folder, tls=certificate(folder, ours, host))
        try:
            site = Site(server, "secured").bare(3)
            at = "127.0.0.2" if kind == "mariadb" else "127.0.0.1"

            def status(options):
                # Newer MySQL libraries compare no name with 127.0.0.1 itself
                ended = site.auth0db("status", url=f"{site.url(host=at)}?{options}")
                if ended.returncode != 0:
                    assert ended.stdout == "" and ended.stderr.count("\n") == 1, ended.stderr
                    assert "DATABASE_URL" in ended.stderr
                return ended.returncode == 0

            if kind == "mariadb":
                assert status("ssl_mode=REQUIRED")
                assert status(f"ssl_ca={ours}&ssl_mode=REQUIRED") == (host == "right" or client_library() < (3, 4))
                assert status(f"ssl_ca={ours}") == (host == "right")
                assert status(f"ssl_ca={ours}&ssl_mode=VERIFY_IDENTITY") == (host == "right")
                assert not status(f"ssl_ca={theirs}")
            else:
                assert status("sslmode=require")
                assert status(f"sslmode=verify-ca&sslrootcert={ours}")
                assert status(f"sslmode=verify-full&sslrootcert={ours}") == (host == "right")
                assert not status(f"sslmode=verify-full&sslrootcert={theirs}")
        finally:
            server.stop()
