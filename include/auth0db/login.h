/* The login machine: decides one login of one person, once; and the push machine, which brings one
 * password of the site to the tenant.
 *
 * It does no I/O. It asks for a fact or an act (auth0db_ask), is told the answer, and ends in ADMIT
 * or REFUSE. Whoever owns the site's users (the Django backend, a store) answers what concerns the
 * site; what concerns the tenant is answered by auth0db_login_run with a client.
 * docs/architecture.md has the decision table. */
#ifndef AUTH0DB_LOGIN_H
#define AUTH0DB_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/addresses.h"
#include "auth0db/client.h"
#include "auth0db/digests.h"
#include "auth0db/error.h"

typedef enum auth0db_ask {
    /* of the site */
    AUTH0DB_ASK_FIND_USER,   /* the user this identifier means: by natural key, else by e-mail */
    AUTH0DB_ASK_FIND_OWNER,  /* the other user that it means: whose e-mail, or other address, it is
                              */
    AUTH0DB_ASK_CHECK_LOCAL, /* what do the site's other backends say to these credentials? */
    AUTH0DB_ASK_CHECK_HASH,  /* does the password match user_key's hash? Never upgrades it */
    AUTH0DB_ASK_RESOLVE,     /* who is tenant.user_id linked to; else who has tenant.email? */
    /* was the user of tenant user auth0_id deleted on the site, and has nobody whom the site
     * accepts been linked to it since? */
    AUTH0DB_ASK_TOMBSTONE,
    AUTH0DB_ASK_EMAIL_SHARED, /* has another user the same e-mail as user_key, ignoring case? */
    AUTH0DB_ASK_CREATE_LOCAL, /* create a user from `tenant` and its link, in one transaction */
    AUTH0DB_ASK_LINK,         /* record: user_key is tenant user auth0_id */
    AUTH0DB_ASK_RENEW_HASH,   /* hash this password into user_key's row, and mark it in step */
    /* the row's hash knows this password but is not how the site makes one today: make it anew, as
     * Django does at a login. In step or not, it stays what it was */
    AUTH0DB_ASK_UPGRADE_HASH,
    /* would the site itself refuse user_key for another reason than the password, which is right?
     */
    AUTH0DB_ASK_SITE_RULES,
    AUTH0DB_ASK_MARK_IN_STEP, /* record: both sides hold the same password now */
    /* record, before anything is sent: user_key's password is on its way to the tenant. Yes where
     * no other push is under way, the row still holds the hash, and nobody has told the tenant */
    AUTH0DB_ASK_BEGIN_PUSH,
    AUTH0DB_ASK_REMEMBER, /* record: the link's `word`, and that it was said now */
    /* record, before anything is sent: user_key's e-mail, name or flag is on its way. Yes where
     * nobody else's is */
    AUTH0DB_ASK_BEGIN_SYNC,
    /* record: that has ended. The tenant has `email`, the user name `identifier` and the block
     * `blocked` now, each as far as it is told; `unclear`: nobody knows; `unsynced`: why not all */
    AUTH0DB_ASK_END_SYNC,
    AUTH0DB_ASK_FOLLOW,   /* record: the tenant has `email` for user_key now */
    AUTH0DB_ASK_END_PUSH, /* record: that push has not succeeded, and why: `unpushed` */
    /* user_key as it is now; of a push: nobody where the row holds another hash */
    AUTH0DB_ASK_OWN_ROW,
    AUTH0DB_ASK_UNPUSHED, /* record: the newer password is not sent, because of `unpushed` */
    AUTH0DB_ASK_HOLDOUT,  /* record: user_key cannot migrate now, because of `holdout` */
    /* of the tenant */
    AUTH0DB_ASK_GRANT,         /* password grant for `identifier` */
    AUTH0DB_ASK_CREATE_TENANT, /* create auth0_id with this password */
    AUTH0DB_ASK_READ_TENANT,   /* read auth0_id */
    AUTH0DB_ASK_BY_EMAIL,      /* read the connection's user with `email` */
    AUTH0DB_ASK_CHANGE,        /* tell auth0_id's `change` */
    AUTH0DB_ASK_PUSH,          /* set auth0_id's password */
    /* ends */
    AUTH0DB_ADMIT,
    AUTH0DB_REFUSE,
    AUTH0DB_PUSH_ENDED, /* of a push: `unpushed` says how */
    AUTH0DB_SYNC_ENDED  /* of a sync: `unsynced` says how; NULL: all is told, or nothing was due */
} auth0db_ask;

typedef enum auth0db_refusal {
    AUTH0DB_REFUSED_BAD_CREDENTIALS,
    AUTH0DB_REFUSED_BLOCKED,
    AUTH0DB_REFUSED_MFA_REQUIRED,
    AUTH0DB_REFUSED_TOO_MANY_ATTEMPTS,
    AUTH0DB_REFUSED_PASSWORD_LEAKED,
    AUTH0DB_REFUSED_DENIED,
    AUTH0DB_REFUSED_CAPTCHA,
    AUTH0DB_REFUSED_UNLISTED, /* "refused": the tenant said no in a way that nobody has described */
    AUTH0DB_REFUSED_INACTIVE,
    AUTH0DB_REFUSED_SITE_RULES,       /* a backend of the site's says no, whatever the password */
    AUTH0DB_REFUSED_UNAVAILABLE,      /* nothing could be decided, and no fallback is allowed */
    AUTH0DB_REFUSED_BUSY,             /* a rate limit, of the tenant's or of ours: ask again */
    AUTH0DB_REFUSED_DELETED,          /* linked, but gone at the tenant */
    AUTH0DB_REFUSED_BOTH_CHANGED,     /* both passwords changed since they were last in step */
    AUTH0DB_REFUSED_UNVERIFIED_EMAIL, /* join rule: the tenant never verified this e-mail */
    AUTH0DB_REFUSED_OTHER_ADDRESS,    /* the e-mail was changed at the tenant: the site's mailbox is
                                         the old one */
    AUTH0DB_REFUSED_OTHER_ACCOUNT,    /* join rule: the tenant account belongs to somebody else */
    AUTH0DB_REFUSED_DUPLICATE_EMAIL,  /* join rule: several local users have this e-mail */
    AUTH0DB_REFUSED_TOMBSTONE, /* the user was deleted on the site, and the tenant still knows it */
    AUTH0DB_REFUSED_NO_LOCAL_USER, /* only the tenant knows the user; AUTH0_CREATE_USERS is off */
    AUTH0DB_REFUSED_SITE_ERROR,    /* the site could not do what was asked */
    /* the user stays on the site, but was linked before, and the password is not the last one that
     * both sides shared, nor set here since; or Auth0 has said something against the person */
    AUTH0DB_REFUSED_KEEP_LOCAL,
    AUTH0DB_REFUSED_COUNT
} auth0db_refusal;

/* Whom a refusal may be told. */
typedef enum auth0db_told {
    AUTH0DB_TOLD_NOBODY,  /* "wrong name or password" */
    AUTH0DB_TOLD_ANYBODY, /* it is the same for all, and says nothing of an account */
    AUTH0DB_TOLD_OWNER,   /* to who has typed the password that the site knows */
    AUTH0DB_TOLD_PROVEN   /* it is only said once the password was right */
} auth0db_told;

typedef enum auth0db_holdout {
    AUTH0DB_HOLDOUT_NONE,
    AUTH0DB_HOLDOUT_KEEP_LOCAL, /* stays on the site: AUTH0_KEEP_LOCAL names the user */
    AUTH0DB_HOLDOUT_NO_EMAIL,
    AUTH0DB_HOLDOUT_BAD_EMAIL,
    AUTH0DB_HOLDOUT_DUPLICATE_EMAIL,
    AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT,
    AUTH0DB_HOLDOUT_USERNAME_TAKEN,
    AUTH0DB_HOLDOUT_INVALID_USER,
    AUTH0DB_HOLDOUT_WEAK_PASSWORD,
    AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD,
    /* of the bulk lane */
    AUTH0DB_HOLDOUT_BAD_USERNAME, /* the connection would refuse it */
    AUTH0DB_HOLDOUT_BAD_HASH,     /* damaged: no password will ever match it */
    AUTH0DB_HOLDOUT_TOO_LARGE,    /* fits in no import file */
    AUTH0DB_HOLDOUT_SITE_HASHER,  /* the site makes or checks such hashes in a way of its own */
    AUTH0DB_HOLDOUT_MUST_RESET,   /* the hash cannot travel: a login moves the user, or a reset mail
                                   */
    AUTH0DB_HOLDOUT_CANARY_FAILED,  /* hashes of this kind did not verify at the tenant */
    AUTH0DB_HOLDOUT_HALF_CREATED,   /* the tenant holds a broken remainder of this user */
    AUTH0DB_HOLDOUT_TENANT_REFUSED, /* a row error that no other reason is for; `detail` has its
                                       code */
    AUTH0DB_HOLDOUT_COUNT
} auth0db_holdout;

typedef enum auth0db_lane {
    AUTH0DB_LANE_LOGIN, /* created at the tenant by a login */
    AUTH0DB_LANE_JOIN,  /* existed at the tenant already */
    AUTH0DB_LANE_BULK,  /* imported with its hash */
    AUTH0DB_LANE_RESET  /* created for a reset mail */
} auth0db_lane;

/* Stable words: "find_user", "bad_credentials", "duplicate-email", "login". */
AUTH0DB_API const char *auth0db_ask_name(auth0db_ask ask);
AUTH0DB_API const char *auth0db_refusal_name(auth0db_refusal refusal);
AUTH0DB_API auth0db_told auth0db_refusal_told(auth0db_refusal refusal);
/** English, for people; "" where nobody is told. */
AUTH0DB_API const char *auth0db_refusal_words(auth0db_refusal refusal);
AUTH0DB_API const char *auth0db_holdout_name(auth0db_holdout holdout);
AUTH0DB_API const char *auth0db_lane_name(auth0db_lane lane);

enum { AUTH0DB_ID_LEN = 30, AUTH0DB_ID_SIZE = AUTH0DB_ID_LEN + 1 };
/** The tenant id of this site's user: "auth0|" + first 24 hex digits of SHA-256("auth0db" NUL site
 * NUL key). */
AUTH0DB_API void auth0db_expected_id(const char *site, const char *key, char out[AUTH0DB_ID_SIZE]);
/** The same for a key whose `tombstones` earlier users were deleted: their accounts are not this
 * user's. From one on, NUL and the number in decimal follow the key. */
AUTH0DB_API void auth0db_numbered_id(const char *site, const char *key, unsigned tombstones,
                                     char out[AUTH0DB_ID_SIZE]);

enum { AUTH0DB_FINGERPRINT_LEN = 64, AUTH0DB_FINGERPRINT_SIZE = AUTH0DB_FINGERPRINT_LEN + 1 };
/** Lower-case hex of SHA-256 over the parts, each preceded by its length: the sync digest of a
 * stored hash, and what a holdout was recorded for. lens may be NULL where all parts are C strings.
 * "" without SHA-256. */
AUTH0DB_API void auth0db_fingerprint(const char *const *parts, const size_t *lens, size_t n,
                                     char out[AUTH0DB_FINGERPRINT_SIZE]);

/* A user of the site, as the site tells it. Strings are borrowed for the call; NULL is "". */
typedef struct auth0db_site_user {
    const char *key; /* primary key as text, the way Django serializes it; never "" */
    const char *email;
    const char *username;
    const char *given_name, *family_name;
    bool email_verified; /* as the site knows it; copied, never invented */
    bool active;
    unsigned tombstones;       /* how many users of this key were deleted before this one */
    const char *auth0_id;      /* the link, "" where there is none */
    const char *tenant_email;  /* e-mail the tenant knows the linked user by, "" means `email` */
    auth0db_moved moved;       /* which of the two addresses has moved since they were in step */
    auth0db_standing standing; /* what the link knows of the stored hash */
    bool shared_known;         /* an encoding of the shared password is on record */
    bool told_waits; /* a hook saw a password being set that the tenant does not have yet */
    const char
        *tenant_username; /* as the tenant is known to have it; "": `username`, or not known */
    bool in_doubt;        /* a sync was begun, and nobody knows what came of it */
    bool blocked_by_site; /* at the tenant, by a sync */
    const char *unsynced; /* why the last sync has not told all; "" */
    const char *word; /* what the link remembers against this user ("blocked", ...); "": nothing */
    /* As last stored: the tenant's last_password_reset when in step; "?"; or "~" and a time (UTC,
     * "~2026-01-31T12:00:00.000Z") until which a push of ours may have moved it: the time by which
     * one under way must have ended, or at which one ended without an answer */
    const char *tenant_mark;
    bool holdout_stands; /* a holdout is recorded for this very e-mail and hash */
    bool keep_local;     /* stays on the site, linked or not: no request is made for this user */
} auth0db_site_user;

typedef struct auth0db_login_options {
    size_t size;
    const char *site;       /* names the site in expected ids; never "" */
    const char *identifier; /* as typed */
    const char *password;   /* copied, wiped with the machine */
    size_t password_len;
    const char *client_ip; /* NULL: unknown */
    unsigned deadline_ms;  /* for the whole attempt, default 10000 */
    bool require_username;
    bool outage_fallback;
    bool create_users;
    bool adopt_existing;
    bool sync_address, sync_active; /* as in auth0db_sync_options: ADMIT then says `sync_due` */
    auth0db_identifier login_by;    /* which of a known user's names the grant is for */
} auth0db_login_options;

/* What is asked. Only members named behind an ask above are set; valid until the next answer. */
typedef struct auth0db_question {
    auth0db_ask ask;
    const char *identifier;
    const char *user_key;
    const char *auth0_id;
    const char *email;
    auth0db_lane lane; /* LINK, CREATE_LOCAL */
    /* LINK: what the hash as it was told is to the link. UNPUSHED, END_PUSH: REPLACED where the
     * tenant rules from now on, and the password is never to be sent */
    auth0db_standing standing;
    bool reencoded;   /* MARK_IN_STEP: the same password as before, so its encodings stay */
    const char *word; /* REMEMBER */
    const auth0db_change *change; /* CHANGE */
    auth0db_fact blocked;         /* END_SYNC: by the site, at the tenant */
    bool unclear;                 /* END_SYNC */
    const char *unsynced;         /* END_SYNC, SYNC_ENDED */
    bool sync_due;                /* ADMIT: a sync of this user has something to tell */
    /* LINK, CREATE_LOCAL, RENEW_HASH, MARK_IN_STEP: store it; NULL: leave it as it is. END_PUSH:
     * store it; NULL: nobody knows, store "~" and the present time */
    const char *tenant_mark;
    const auth0db_tenant_user *tenant; /* RESOLVE, CREATE_LOCAL */
    const auth0db_new_user *new_user;  /* CREATE_TENANT; password included */
    auth0db_holdout holdout;           /* HOLDOUT */
    /* END_PUSH, UNPUSHED: why the newer password is not at the tenant ("weak-password", ...).
     * PUSH_ENDED: the same; "" where the tenant has it; NULL where there was nothing to tell */
    const char *unpushed;
    auth0db_refusal refusal; /* REFUSE */
    bool may_be_told;        /* REFUSE: the person may be told this reason */
    /* CHECK_LOCAL: the hash of each user that the name means was tried, and does not know this
     * password: who looks at nothing else need not be asked (S10) */
    bool hashes_tried;
    bool by_fallback; /* ADMIT: the tenant was not asked or did not decide */
} auth0db_question;

/* The answer. Site: `users` says how many were found (0, 1, 2 = several); `user` is read where it
 * is 1. */
typedef struct auth0db_answer {
    /* FIND_USER, CHECK_LOCAL (0 rejected, 1 accepted), RESOLVE, CREATE_LOCAL, OWN_ROW */
    int users;
    auth0db_site_user user;
    /* CHECK_HASH, EMAIL_SHARED, TOMBSTONE; SITE_RULES (yes: admitted); LINK (no: auth0_id is
     * another user's); acts: done */
    bool yes;
    /* CHECK_HASH: no password will ever match what is stored (unusable, malformed) */
    bool no_password;
    bool named_twice; /* FIND_USER, beside one user: it is another one's e-mail or other address */
    bool outdated;    /* CHECK_HASH, beside yes: the site would hash this password anew */
    auth0db_outcome outcome;           /* tenant asks */
    const auth0db_tenant_user *tenant; /* tenant asks that ended OK */
} auth0db_answer;

/* One machine: a login (auth0db_login_new) or a push (auth0db_push_new). */
typedef struct auth0db_login auth0db_login;

/** The machine, standing at its first question. One thread at a time. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_login_new(auth0db_login **out, const auth0db_login_options *options, auth0db_error *err);

typedef struct auth0db_push_options {
    size_t size;
    const char *user_key; /* whose password was just saved; never "" */
    const char *password; /* copied, wiped with the machine */
    size_t password_len;
    unsigned deadline_ms; /* for the whole push, default 10000 */
} auth0db_push_options;

/** The machine that tells the tenant a password which was just set on the site. It asks OWN_ROW,
 * BEGIN_PUSH, END_PUSH, MARK_IN_STEP and UNPUSHED of the site, reads the tenant user before it sets
 * anything, and ends in PUSH_ENDED. Answer and run it like a login. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_push_new(auth0db_login **out, const auth0db_push_options *options, auth0db_error *err);

typedef struct auth0db_sync_options {
    size_t size;
    const char *site, *user_key; /* never "" */
    unsigned deadline_ms;        /* for all, default 10000 */
    bool address; /* AUTH0_SYNC_EMAIL: e-mail, user name and verification go to the tenant */
    bool active;  /* AUTH0_SYNC_ACTIVE: who is deactivated is blocked, and unblocked by our mark */
    bool require_username;
    bool verifies; /* look whether the tenant lacks a verification, though nothing else is due */
    bool
        retries; /* what the tenant has refused is tried again, and what was corrected there seen */
} auth0db_sync_options;

/** The machine that tells the tenant what has changed on the site beside the password, of users
 * whose id is the expected one. It asks OWN_ROW, BEGIN_SYNC and END_SYNC of the site, reads the
 * tenant user before it changes anything, and ends in SYNC_ENDED. Answer and run it like a login.
 */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_sync_new(auth0db_login **out, const auth0db_sync_options *options, auth0db_error *err);
AUTH0DB_API void auth0db_login_free(auth0db_login *login); /* NULL is a no-op; wipes */
AUTH0DB_API const auth0db_question *auth0db_login_question(const auth0db_login *login);
/** Answer the question. STATE after an end; NO_MEMORY: the machine then stands at REFUSE. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_login_tell(auth0db_login *login, const auth0db_answer *answer, auth0db_error *err);
/** Let the client answer every question of the tenant until the site must speak or the login has
 * ended. Blocks; the deadline is counted from auth0db_login_new. client NULL: the settings make
 * none, and every answer is MISCONFIGURED; who stays on the site does not depend on it. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_login_run(auth0db_login *login, auth0db_client *client,
                                                     auth0db_error *err);
/** HTTP requests this login has caused so far, token and key set not counted. */
AUTH0DB_API unsigned auth0db_login_requests(const auth0db_login *login);
/** What went wrong at the tenant, if anything did: for logs and operators. code is OK where nothing
 * did. */
AUTH0DB_API const auth0db_error *auth0db_login_trouble(const auth0db_login *login);

#endif
