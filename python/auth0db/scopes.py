"""What each use asks of the management token: the C core's table, which README.md shows."""

from auth0db import _native

# use: (scopes it stops without, scopes it sees more with)
TABLE = {use: (tuple(needs.split()), tuple(more.split())) for use, needs, more in _native.scopes()}


def needed_by(use):
    return TABLE[use][0]


def commands_that_need(scope):
    """Their names; a variant such as "remind --ticket" where only that needs it."""
    uses = [use for use, (needs, _) in TABLE.items() if scope in needs and use != "login"]
    return [use for use in uses if " " not in use or use.split()[0] not in uses]


def needed_by_any():
    """By any command or login, each once, in the table's order."""
    return list(dict.fromkeys(scope for needs, _ in TABLE.values() for scope in needs))


def helping(use):
    return TABLE[use][1]
