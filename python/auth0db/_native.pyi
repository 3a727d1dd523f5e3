"""The C core as Python sees it. Every call that may block releases the GIL; objects may be shared by
threads, but for a Login, which is for one at a time."""

from typing import Any, Callable, Optional, TypedDict

class Error(Exception):
    code: str  # "OPTION", "UNREACHABLE", ... (auth0db_code_name)
    where: str  # the setting or field it is about, or ""

class TenantUser(TypedDict):
    user_id: str
    email: str
    email_verified: bool
    username: str
    name: str
    given_name: str
    family_name: str
    blocked: bool
    last_password_reset: str
    last_login: str

# What the site tells of a user; "key" and "active" are required
class SiteUser(TypedDict, total=False):
    key: str
    active: bool
    email: str
    username: str
    given_name: str
    family_name: str
    email_verified: bool
    auth0_id: str
    tenant_email: str
    moved: str  # of the two addresses: neither, site, tenant, both
    standing: str  # of the stored hash: other, same, told, replaced
    shared_known: bool  # an encoding of the shared password is on record
    told_waits: bool  # a hook saw a password being set that the tenant does not have yet
    tenant_username: str  # as the tenant is known to have it
    in_doubt: bool  # a sync was begun, and nobody knows what came of it
    blocked_by_site: bool  # at the tenant, by a sync
    unsynced: str  # why the last sync has not told all
    word: str  # what the link remembers against the user
    tenant_mark: str
    holdout_stands: bool
    keep_local: bool

class Question(TypedDict, total=False):
    # asks the site: find_user, find_owner, check_local, check_hash, resolve, email_shared,
    # create_local, link, renew_hash, upgrade_hash, mark_in_step, begin_push, end_push, own_row,
    # unpushed, remember, follow, holdout, begin_sync, end_sync; ends: admit, refuse, of a push
    # push_ended, of a sync sync_ended
    ask: str
    identifier: str
    user_key: str
    auth0_id: str
    email: str
    lane: str
    standing: str  # of link, unpushed, end_push
    reencoded: bool  # of mark_in_step: the same password as before
    word: str  # of remember
    tenant_mark: Optional[str]
    tenant: TenantUser
    holdout: str
    refusal: str
    hashes_tried: bool  # of check_local
    may_be_told: bool  # of refuse: to the person who is refused
    # Why the password is not at the tenant; of push_ended "" where it is, None: nothing to tell
    unpushed: Optional[str]
    by_fallback: bool
    sync_due: bool  # admit
    blocked: Optional[bool]  # end_sync: by the site, at the tenant
    unclear: bool
    unsynced: Optional[str]  # end_sync, sync_ended

class Rules(TypedDict):
    min_length: int
    kinds: list[str]  # lower, upper, number, special
    kinds_needed: int
    max_72_bytes: bool
    no_repeats: bool
    no_sequences: bool
    dictionary: bool
    no_personal_data: bool
    history: int

class Login:
    """One login attempt, or one push. The machine runs the tenant's part itself; step() returns the next
    question for the site."""

    def step(
        self,
        *,
        users: int = 0,
        user: Optional[SiteUser] = None,
        yes: bool = False,
        no_password: bool = False,
        outdated: bool = False,
        named_twice: bool = False,
    ) -> Question: ...
    requests: int  # HTTP requests so far
    trouble: Optional[str]  # "UNREACHABLE: connection refused", for logs

class Policy:
    """What a connection asks of a password; made by Client.policy() or policy_parse()."""

    rules: Rules
    def check(
        self,
        password: bytes,
        *,
        email: Optional[str] = None,
        username: Optional[str] = None,
        given_name: Optional[str] = None,
        family_name: Optional[str] = None,
    ) -> list[str]: ...  # too_short, too_long, kinds, repeated, sequence, common, personal, not_text

class Client:
    """Arguments are the AUTH0_* settings in lower case; of a secret there may be two, with a space
    between them. Raises Error(code "OPTION") naming the setting."""

    def __init__(
        self,
        *,
        domain: str,
        client_id: str,
        client_secret: Optional[str] = None,
        user_jwt: Optional[str] = None,
        connection: str,
        ca_file: Optional[str] = None,
        tenant_domain: Optional[str] = None,
        proxy: Optional[str] = None,
        custom_domain: Optional[str] = None,
        management_client_id: Optional[str] = None,
        management_client_secret: Optional[str] = None,
        require_username: bool = False,
        legacy_username: bool = False,
        identifier: Optional[str] = None,  # "email", "username"
        connect_timeout: float = 2.0,
        log: Optional[Callable[[str, str], None]] = None,
    ) -> None: ...
    def login(
        self,
        *,
        site: str,
        identifier: str,
        password: bytes,
        client_ip: Optional[str] = None,
        deadline: float = 10.0,
        outage_fallback: bool = True,
        create_users: bool = True,
        adopt_existing: bool = False,
        sync_address: bool = False,
        sync_active: bool = False,
    ) -> Login: ...
    def push(self, user_key: str, password: bytes, *, deadline: float = 10.0) -> Login: ...
    def sync(
        self,
        site: str,
        user_key: str,
        *,
        address: bool = False,
        active: bool = False,
        verifies: bool = False,
        retries: bool = False,
        deadline: float = 10.0,
    ) -> Login: ...
    # Each returns (outcome, value or None, message). outcome is "ok"; about the user
    # "bad_credentials", "blocked", ..., "refused" (a no that nobody has described); or trouble, in
    # which nothing was decided: "throttled" (busy, nothing more), "unavailable" (an outage),
    # "unconfirmed" (of a grant: silence that nothing has confirmed), "misconfigured".
    def grant(
        self,
        identifier: str,
        password: bytes,
        *,
        client_ip: Optional[str] = None,
        deadline: float = 10.0,
    ) -> tuple[str, Optional[TenantUser], str]: ...
    # A code of the login page; the identity is a TenantUser with sid, auth_time (0: not told) and amr (words)
    def exchange(
        self,
        *,
        code: str,
        redirect_uri: str,
        verifier: str,
        nonce: str,
        max_age: int,  # -1: none was asked for
        deadline: float,
    ) -> tuple[str, Optional[dict[str, Any]], str]: ...
    def identity(
        self, *, site: str, tenant: dict[str, Any], create_users: bool, deadline: float
    ) -> Login: ...
    # callback, logged_out, login, code_grant, rs256; None: not told
    def web_setup(
        self, *, callback: str, logged_out: str, login: str, deadline: float
    ) -> tuple[str, Optional[dict[str, Optional[bool]]], str]: ...
    @property
    def address(self) -> str: ...  # where login pages are, without a slash at the end
    def user_create(
        self,
        *,
        user_id: str,
        email: str,
        password: bytes,
        email_verified: bool = False,
        username: Optional[str] = None,
        given_name: str = "",
        family_name: str = "",
        deadline: float = 10.0,
    ) -> tuple[str, Optional[TenantUser], str]: ...
    def user_get(
        self, user_id: str, *, deadline: float = 10.0
    ) -> tuple[str, Optional[TenantUser], str]: ...
    def user_set_password(
        self, user_id: str, password: bytes, *, deadline: float = 10.0
    ) -> tuple[str, Optional[TenantUser], str]: ...
    def users_by_email(
        self, email: str, *, deadline: float = 10.0
    ) -> tuple[str, list[TenantUser], str]: ...
    def delete_user(
        self, user_id: str, *, deadline: float = 10.0
    ) -> tuple[str, None, str]: ...
    def block_user(
        self, user_id: str, *, deadline: float = 10.0
    ) -> tuple[str, None, str]: ...
    def has_user(self, user_id: str, *, deadline: float = 10.0) -> tuple[str, None, str]: ...
    def reset_mail(
        self, email: str, *, deadline: float = 10.0
    ) -> tuple[str, None, str]: ...  # "ok" for nobody, too
    def connection(
        self, *, deadline: float = 10.0
    ) -> tuple[str, Optional[dict[str, Any]], str]: ...
    def policy(self, *, deadline: float = 10.0) -> tuple[str, Optional[Policy], str]: ...
    def application(
        self, *, deadline: float = 10.0
    ) -> tuple[str, Optional[dict[str, Any]], str]: ...
    # ("unknown", "never", "adaptive" or "always"; what it means), also where the outcome is not "ok"
    # own: is AUTH0_DOMAIN a custom domain of the tenant's? another: one that is not used, or ""
    def web_domain(self, *, deadline: float = 10.0) -> tuple[str, Optional[dict[str, Any]], str]: ...
    def own_mails(self, *, deadline: float = 10.0) -> tuple[str, Optional[bool], str]: ...
    def mfa_policy(self, *, deadline: float = 10.0) -> tuple[str, tuple[str, str], str]: ...
    def scopes(self, *, deadline: float = 10.0) -> tuple[str, str, str]: ...
    # True: what would change something at the tenant, or mail somebody, ends "held", unsent
    def hold(self, hold: bool, /) -> None: ...
    # breaker_open, retry_in, failures_in_a_row, requests; misconfigured, and then setting, detail; clock_ahead: seconds
    # of this machine's clock before the tenant's, None where no answer has told
    def state(self) -> dict[str, Any]: ...

# {reason: (whom it may be told: "nobody", "anybody", "owner", "proven"; the words for people)}
# A login that asks nobody but the site, where no client can be made
def login_without_tenant(*, site: str, identifier: str, password: bytes) -> Login: ...
def refusals() -> dict[str, tuple[str, str]]: ...
# A link's columns as stored: (sync_digest, same, replaced, told); None where an older package wrote it
Digests = tuple[str, Optional[str], Optional[str], Optional[str]]

def digest_needs_key(encoded: str) -> bool: ...  # it has no salt, or nobody knows

# {"standing": ..., "shared_known": ..., "told_waits": ...} of the hash in the row
def standing(digests: Digests, encoded: str, key: str) -> dict[str, Any]: ...

# event: shared, pushed, reencoded, told, replaced; before: the hash that was there, where it counts
def digests_after(
    event: str, digests: Digests, before: Optional[str], now: str, key: str
) -> tuple[str, str, str, str]: ...
# Columns of a link: fingerprints of the site's address and of the tenant's, as last in step
def addresses_moved(
    columns: tuple[Optional[str], Optional[str]], site: str, tenant: str, key: str
) -> str: ...  # neither, site, tenant, both
def addresses_after(
    columns: tuple[Optional[str], Optional[str]], site: str, was: str, tenant: str, key: str
) -> tuple[str, str]: ...
def expected_id(site: str, key: str, tombstones: int = 0) -> str: ...
def password_is_sendable(password: bytes) -> bool: ...
def email_is_sendable(email: str) -> bool: ...
def show_text(text: str) -> str: ...  # what cannot be seen on a terminal as an escape

# None: malformed or unsupported
def hash_verify(encoded: str, password: bytes) -> Optional[bool]: ...

# False: of a hasher that only the site knows
def hash_fault(encoded: str) -> Optional[str]: ...  # malformed, too_costly

# Hex SHA-256 over the parts (at most 8): sync and hash digests
# (kind, a hash of this password) of each kind that Auth0's import takes
def hash_samples(password: bytes) -> list[tuple[str, str]]: ...
def hash_kind(encoded: str) -> Optional[str]: ...
def fingerprint(*parts: str) -> str: ...

# (use, scopes it needs, scopes that let it see more), each with spaces between
def scopes() -> list[tuple[str, str, str]]: ...
# AES-256-GCM by a key derived from the secret; the context binds the text to where it lies
def seal(secret: bytes, context: str, text: bytes) -> str: ...

# None where this secret and this context do not open it
def unseal(secret: bytes, context: str, sealed: str) -> Optional[bytes]: ...

# Universal Login: the site's states, and what only who has a login's cookie can know
def web_state(secret: bytes, id: str, at: int, again: bool) -> str: ...

# (id, at, again), or None: not made with this secret, or too old
def web_read(secret: bytes, text: str, now: int) -> Optional[tuple[str, int, bool]]: ...
def web_derive(secret: bytes, what: str, id: str, cookie: str) -> str: ...
def web_challenge(verifier: str) -> str: ...

# exchange, say_error, strange, home, again, no_cookies
def web_decide(
    *,
    state_good: bool = False,
    again: bool = False,
    cookie: bool = False,
    has_code: bool = False,
    has_error: bool = False,
    logged_in: bool = False,
) -> str: ...
def web_after(used: bool, logged_in: bool) -> str: ...  # used, home, trouble
def policy_parse(options: str) -> Policy: ...  # of a connection's options, a JSON text

version: str
