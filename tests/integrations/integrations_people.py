"""Six people, each with something else; what is printed is what their exported rows must hold."""
import base64
import json

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django_otp.plugins.otp_static.models import StaticDevice  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402
from tokens.models import Token  # noqa: E402
from two_factor.plugins.phonenumber.models import PhoneDevice  # noqa: E402

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
people = [get_user_model().objects.create_user(name, name.capitalize() + "@example.org", "pw")
          for name in ("ada", "bob", "cyd", "dee", "eve", "fay")]
ada, bob, cyd, dee, eve, fay = people

EmailAddress.objects.create(user=ada, email="ada@example.org", verified=True, primary=True)
EmailAddress.objects.create(user=bob, email="bob@example.org", verified=False, primary=True)
EmailAddress.objects.create(user=bob, email="another@example.org", verified=True)
EmailAddress.objects.create(user=cyd, email="cyd@example.org", verified=True, primary=True)

first = TOTPDevice.objects.create(user=ada, name="default", confirmed=True)
second = TOTPDevice.objects.create(user=ada, name="backup", confirmed=True)
TOTPDevice.objects.create(user=bob, confirmed=False)
TOTPDevice.objects.create(user=cyd, confirmed=True, digits=8)
TOTPDevice.objects.create(user=cyd, confirmed=True, t0=7)
StaticDevice.objects.create(user=dee, confirmed=True)
PhoneDevice.objects.create(user=dee, name="default", confirmed=True, number="+31612345678", method="sms")
Token.objects.create(user=dee, confirmed=True, serial="1")
Token.objects.create(user=fay, confirmed=False, serial="2")
Authenticator.objects.create(user=eve, type="totp", data={"secret": SECRET})
Authenticator.objects.create(user=eve, type="webauthn", data={"credential": {}})
Authenticator.objects.create(user=fay, type="totp", data={"secret": "gAAAAABencryptedByTheSite=="})
Authenticator.objects.create(user=fay, type="recovery_codes", data={"seed": "x"})


def base32(device):
    return base64.b32encode(device.bin_key).decode().rstrip("=")


print(json.dumps({
    "ada@example.org": [True, [["totp", base32(first)], ["totp", base32(second)]]],
    "bob@example.org": [False, []],
    "cyd@example.org": [True, []],
    "dee@example.org": [False, [["phone", "+31612345678"]]],
    "eve@example.org": [False, [["totp", SECRET]]],
    "fay@example.org": [False, []],
}))
