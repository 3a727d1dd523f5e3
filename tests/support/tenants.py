"""Connections as real tenants have them: `attributes` beside their authentication methods."""


def attribute(identifier=True, required=True, **more):
    return {"identifier": {"active": identifier}, "profile_required": required,
            "signup": {"status": "required" if required else "optional"}, **more}


def username(identifier=True, required=True, emails=False, phones=False):
    return attribute(identifier, required, validation={
        "min_length": 1, "max_length": 40, "allowed_types": {"email": emails, "phone_number": phones}})


def flexible(**attributes):
    """Options to be merged into those of the sandbox's default connection."""
    return {"requires_username": None, "validation": None, "attributes": attributes,
            "authentication_methods": {"password": {"enabled": True}, "passkey": {"enabled": False}}}


PHONE_ALONE = flexible(phone_number=attribute(), email=attribute(identifier=False))
BY_USERNAME = flexible(email=attribute(identifier=False), username=username())
BY_OPTIONAL_USERNAME = flexible(email=attribute(identifier=False), username=username(required=False))
USERNAME_IS_NO_IDENTIFIER = flexible(email=attribute(), username=username(identifier=False))
OPTIONAL_USERNAMES = flexible(email=attribute(), username=username(required=False))
WITH_PHONE = flexible(email=attribute(), phone_number=attribute(identifier=False))
NO_PASSWORDS = {"authentication_methods": {"password": {"enabled": False}, "passkey": {"enabled": True}}}
