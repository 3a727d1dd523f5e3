"""Moves a Django site's users to Auth0, passwords included. docs/django.md is its manual."""

from auth0db.exceptions import UnhandledUserNameField

__all__ = ["UnhandledUserNameField"]
