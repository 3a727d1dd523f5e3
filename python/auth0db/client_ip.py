"""The end user's address where a proxy stands in front of the site.

Auth0's attack protection counts failures by address. Without this everybody behind a proxy is one address, and ten
wrong passwords of a stranger keep everybody out.

A header is a list that each proxy appends to: whoever asks may begin it with what they like. So it is read from its
end, as far as the writers are proxies of ours, and the first address that is not one of them is the user's. What
stands further left was written by somebody who is not trusted, and counts for nothing.
"""

import ipaddress
import logging
from functools import lru_cache

from auth0db import conf
from auth0db.exceptions import BadSetting

log = logging.getLogger("auth0db")

UNIX = "unix"  # in AUTH0_TRUSTED_PROXIES: whoever comes by a Unix socket, which has no address
HOPS_MAX = 32


def behind(request):
    """For AUTH0_CLIENT_IP. "" where no address is known."""
    peer = request.META.get("REMOTE_ADDR") or ""
    proxies = trusted_proxies()
    hops = [*forwarded(request), peer]
    if isinstance(proxies, int):
        # The last of n proxies is the peer; fewer hops than that came by another way
        client = hops[-proxies - 1] if len(hops) > proxies else peer
        return text_of(client) or text_of(peer)
    while len(hops) > 1 and is_trusted(hops[-1], proxies) and parse(hops[-2]) is not None:
        hops.pop()
    return text_of(hops[-1])


def trusted_proxies():
    """A number, or networks as a tuple with UNIX as it is."""
    value = conf.get("AUTH0_TRUSTED_PROXIES")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < HOPS_MAX:
        return value
    if not isinstance(value, (list, tuple)):
        raise BadSetting(
            "AUTH0_TRUSTED_PROXIES", "is neither a number of proxies nor a list of networks: %r" % (value,)
        )
    return networks(tuple(str(name) for name in value))


@lru_cache(maxsize=8)
def networks(names):
    try:
        return tuple(name if name == UNIX else ipaddress.ip_network(name) for name in names)
    except ValueError as error:
        raise BadSetting("AUTH0_TRUSTED_PROXIES", "names no network: %s" % error) from None


def forwarded(request):
    """What the header AUTH0_FORWARDED_HEADER says, nearest last. No other header is looked at: one that our proxy
    does not write is the visitor's."""
    header = conf.text("AUTH0_FORWARDED_HEADER")
    value = request.META.get("HTTP_" + header.upper().replace("-", "_"), "")
    hops = value.rsplit(",", HOPS_MAX)[-HOPS_MAX:] if value else []
    return [for_of(hop) for hop in hops] if header.lower() == "forwarded" else hops


def for_of(element):
    """`for` of one element of a Forwarded header (RFC 7239)."""
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value.strip().strip('"')
    return ""


def parse(hop):
    """The address of one entry, without a port and unwrapped where it is IPv4 in IPv6; None where it is none."""
    hop = hop.strip()
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        address = ipaddress.ip_address(hop)
    except ValueError:
        return None
    if getattr(address, "scope_id", None):  # means something on one link only
        return None
    return getattr(address, "ipv4_mapped", None) or address


def text_of(hop):
    return str(parse(hop) or "")


def is_trusted(hop, proxies):
    address = parse(hop)
    if address is None:
        return hop == "" and UNIX in proxies
    return any(network != UNIX and address in network for network in proxies)


# --- what a site's own function answers -----------------------------------------------------------

_told = set()


def answer_of(value):
    """The address that AUTH0_CLIENT_IP's function has answered, or None. An answer that is no address alone is told,
    once a process for each kind: passed over, everybody would count as this server at Auth0."""
    if value is None or value == "":
        return None
    address = text_of(value) if isinstance(value, str) else ""
    wrong = _wrong_with(value, address)
    if wrong and wrong not in _told:
        _told.add(wrong)
        log.error(
            "AUTH0_CLIENT_IP names a function whose answer is %s; it is to be one address, as a text, or None. %s",
            wrong, "The address in it is taken" if address else "Auth0 counts such logins against this server's address",
        )  # fmt: skip
    return address or None


def _wrong_with(value, address):
    if not isinstance(value, str):
        return "of the type %s" % type(value).__name__
    if not address:
        return "several addresses" if "," in value else "no address"
    if value != value.strip():
        return "an address with blanks around it"
    return "" if ":" not in value or _is_bare(value) else "an address with a port or brackets"


def _is_bare(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


# --- does everybody seem to come from one place? --------------------------------------------------

_said = False


def observe(address):
    """One line a process where logins come from this machine or from inside: behind a proxy that is the proxy's
    address, and one attacker throttles all. Not for a sandbox, which is on this machine as well."""
    global _said
    if _said or (address and not is_inside(address)) or is_sandbox():
        return
    _said = True
    log.warning(
        "a login came from %s: if a proxy stands in front of this site, Auth0 takes all users for one. "
        "Set AUTH0_CLIENT_IP and AUTH0_TRUSTED_PROXIES",
        "%s, an address of no end user on the Internet" % address if address else "no address",
    )


def is_inside(address):
    parsed = parse(str(address))
    return parsed is not None and not parsed.is_global and not parsed.is_multicast


def is_sandbox():
    host = str(conf.get("AUTH0_DOMAIN")).rpartition("//")[2].partition("/")[0].lower()
    parsed = parse(host)
    return host.partition(":")[0] == "localhost" or (parsed is not None and parsed.is_loopback)
