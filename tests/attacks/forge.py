"""A forger who holds the tenant's own signing key, so that each check of an id token stands alone."""

import base64
import hashlib
import hmac
import json
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

SHA256_HEADER = bytes.fromhex("3031300d060960864801650304020105000420")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signing_key(data_file):
    """The tenant's newest; read from a copy, because the tenant keeps its file to itself."""
    with tempfile.TemporaryDirectory() as folder:
        for file in data_file.parent.glob(data_file.name + "*"):
            shutil.copy(file, folder)
        database = sqlite3.connect(Path(folder) / data_file.name)
        [[text]] = database.execute("SELECT value FROM meta WHERE name = 'keys'")
        database.close()
    return json.loads(text)[0]


def rs256(key, message):
    """RFC 8017, 8.2.1."""
    modulus, exponent = (int.from_bytes(decode(key[name]), "big") for name in "nd")
    size = (modulus.bit_length() + 7) // 8
    digest = SHA256_HEADER + hashlib.sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    signed = pow(int.from_bytes(padded, "big"), exponent, modulus)
    return signed.to_bytes(size, "big")


def claims_of(token):
    return json.loads(decode(token.split(".")[1]))


def token(key, claims, alg="RS256", kid=None):
    header = {"typ": "JWT", "alg": alg, "kid": kid or key["kid"]}
    message = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    signature = {
        "RS256": lambda: rs256(key, message.encode()),
        # with the public key as the secret, as a library does that lets the token choose
        "HS256": lambda: hmac.new(decode(key["n"]), message.encode(), hashlib.sha256).digest(),
        "none": lambda: b"",
    }[alg]()
    return message + "." + encode(signature)


def answer(id_token, genuine):
    return json.dumps(dict(genuine, id_token=id_token))


def fresh(claims, **changed):
    now = int(time.time())
    return {**claims, "iat": now, "exp": now + 3600, **changed}
