"""Private keys for tests, and assertions that OpenSSL's own command has signed: another hand than ours."""
import base64
import json
import subprocess
import time
import uuid

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DIGESTS = {"RS256": "sha256", "RS384": "sha384", "PS256": "sha256", "RS512": "sha512"}
PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **more).stdout


def new_key(folder, name="app", kind=("RSA", "-pkeyopt", "rsa_keygen_bits:2048")):
    """(private key's file, public key as PEM text)"""
    path = folder / f"{name}.key"
    openssl("genpkey", "-algorithm", *kind, "-out", path)
    path.chmod(0o600)
    return path, openssl("pkey", "-in", path, "-pubout").decode()


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assertion(key, client_id, issuer, alg="RS256", **changes):
    """None as a value leaves a claim out."""
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "exp": int(time.time()) + 60, "jti": uuid.uuid4().hex}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    text = part({"alg": alg, "typ": "JWT"}) + "." + part(claims)
    digest = DIGESTS.get(alg, "sha256")
    signature = openssl("dgst", f"-{digest}", *(PSS if alg[0] == "P" else ()), "-sign", key, input=text.encode())
    return text + "." + part(signature)


def proof(*arguments, **changes):
    """Members of a request for the token endpoint."""
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(*arguments, **changes)}
