"""What each use asks of the management token: the C core's table, which README.md shows."""

from auth0db import _native

# use: (scopes it stops without, scopes it sees more with)
TABLE = {use: (tuple(needs.split()), tuple(more.split())) for use, needs, more in _native.scopes()}


def needed_by(use):
    return TABLE[use][0]


def helping(use):
    return TABLE[use][1]
