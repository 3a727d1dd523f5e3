"""Moves a Django site's users to Auth0, passwords included. docs/django.md says how to put it in."""

from auth0db.exceptions import UnhandledUserNameField

__all__ = ["UnhandledUserNameField"]
