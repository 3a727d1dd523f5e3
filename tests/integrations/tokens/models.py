"""A site's own device, as one of the packages for Twilio, Yubikey or WebAuthn brings it."""
from django.db import models
from django_otp.models import Device


class Token(Device):
    serial = models.CharField(max_length=20)


class Shown(Token):
    """No table of its own."""

    class Meta:
        proxy = True
