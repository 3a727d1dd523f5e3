"""The code that an authenticator app shows (RFC 6238)."""
import base64
import hmac
import struct
import time


def one_time_code(secret, at=None):
    step = int(time.time() if at is None else at) // 30
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), "sha1").digest()
    number = struct.unpack(">I", mac[mac[19] & 15:][:4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"
