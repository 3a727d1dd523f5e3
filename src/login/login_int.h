/* The login machine's insides, for src/login only. */
#ifndef A0_LOGIN_LOGIN_INT_H
#define A0_LOGIN_LOGIN_INT_H

#include <stdint.h>

#include "auth0db/login.h"
#include "link/ids.h"
#include "link/outcomes.h"

/* What follows an answer. Every state of the machine is one of these functions here, so that
 * a state is the code that reads its answer and nothing else can. */
typedef void (*a0_login_next)(auth0db_login *login, const auth0db_answer *answer);

/* The site's user as last told, owned. All strings non-NULL while `known`. */
typedef struct a0_login_user {
    bool known;
    char *key, *email, *username, *given_name, *family_name, *auth0_id, *tenant_email, *tenant_mark,
        *word, *tenant_username, *unsynced;
    bool email_verified, active, holdout_stands, shared_known, told_waits, keep_local;
    unsigned tombstones;
    auth0db_standing standing;
    auth0db_moved moved;
    bool in_doubt, blocked_by_site;
    char expected_id[AUTH0DB_ID_SIZE];
} a0_login_user;

/* What to do once a link is recorded. */
typedef enum a0_after_link {
    A0_THEN_ADMIT,
    A0_THEN_REFUSE,
    A0_THEN_RENEW,
    A0_THEN_ENTER, /* without a password to renew the hash with */
    A0_THEN_PUSH
} a0_after_link;

/* What CHECK_HASH has answered of a user, kept where it may be asked for again. */
typedef struct a0_hash_verdict {
    bool known, yes, no_password, outdated;
} a0_hash_verdict;

struct auth0db_login {
    char *site, *identifier, *password, *client_ip;
    size_t password_len;
    unsigned deadline_ms;
    bool require_username, outage_fallback, create_users, adopt_existing;
    bool by_username; /* a known user's grant is for the user name, else for the e-mail */
    bool grantable;   /* worth sending to the tenant at all */
    bool sendable;    /* fit to be set at the tenant */

    a0_login_user user;
    a0_hash_verdict verdict; /* of user */
    a0_login_user other;     /* whom the typed name means as well */
    a0_hash_verdict other_verdict;
    bool hashes_tried;          /* of both, and neither knows the password */
    bool local_accepted;        /* the site's backends accepted these very credentials */
    auth0db_tenant_user tenant; /* the identity a grant proved */
    auth0db_tenant_user seen;   /* the tenant user last read or written */
    auth0db_outcome grant_outcome;
    struct {
        bool reads; /* the tenant user has not been read in this attempt */
        bool begun; /* the claim was ours */
        auth0db_outcome outcome;
        const char *unpushed;
        void (*ended)(auth0db_login *login);
    } push;
    struct { /* sync.c */
        bool address, active, verifies, retries;
        bool seen, shared, unclear;
        auth0db_fact blocked;
        size_t at;
        const char *unsynced;
    } sync;
    auth0db_change change;
    const char *asked_name; /* what the tenant calls a user in doubt; NULL: as the link says */
    bool looked;            /* `seen` was read in this attempt, before the grant */
    bool username_taken;
    bool by_identity; /* the tenant's login page has proven who it is; no password is known */
    bool hash_matched;
    bool no_password; /* no password will ever match the stored hash */
    const char *word; /* what the tenant has said of this person in this attempt; NULL: nothing */
    auth0db_question end; /* while REMEMBER is asked */
    bool hash_outdated;   /* and known to hold this password */
    bool by_fallback;
    bool site_accepted; /* its backends, in this attempt: then its own rules have been asked */
    a0_after_link after_link;
    auth0db_refusal after_link_refusal, after_hash_refusal;

    a0_login_next next; /* NULL at an end */
    auth0db_question question;
    auth0db_new_user new_user;
    bool out_of_memory;

    uint64_t started_ms;
    unsigned requests;
    auth0db_error trouble;
};

/* --- steps that every part of the machine takes (steps.c) ------------------------------ */

void a0_ask(auth0db_login *login, auth0db_ask what, a0_login_next next);
void a0_ask_grant(auth0db_login *login, a0_login_next next);
void a0_ask_read(auth0db_login *login, const char *auth0_id, a0_login_next next);
void a0_ask_push(auth0db_login *login, const char *auth0_id, a0_login_next next);
void a0_ask_email_shared(auth0db_login *login, a0_login_next next);

/* The ends. a0_admit is the only door in: it refuses the inactive (S7), has an outdated hash made
 * anew, and asks for the site's own rules (S13). */
void a0_admit(auth0db_login *login, bool by_fallback);
/** To be called where the machine has come to an end: records the word on the way. */
void a0_end(auth0db_login *login);
void a0_refuse(auth0db_login *login, auth0db_refusal why);
/** What the tenant, or its silence, says of somebody linked; after one local hash (S10). */
void a0_refuse_for(auth0db_login *login, auth0db_outcome outcome);

/** A copy of text, "" for NULL; notes it in the login where there is no memory. */
char *a0_login_keep(auth0db_login *login, const char *text);
/** A machine without a question, or NULL. */
auth0db_login *a0_login_alloc(const char *password, size_t len, unsigned deadline_ms);
/** Copies what the site told. The caller checks out_of_memory. */
void a0_remember_user(auth0db_login *login, const auth0db_site_user *told);
/** What OWN_ROW was answered; false: nobody, or nobody linked. */
bool a0_remember_row(auth0db_login *login, const auth0db_answer *answer);
/** The tenant user of this user: linked, or made from it. */
const char *a0_own_id(const auth0db_login *login);
bool a0_is_linked(const auth0db_login *login);
/** Break-glass: the tenant is never asked about this user, in no outcome. */
bool a0_stays_local(const auth0db_login *login);
bool a0_is_expected(const auth0db_login *login, const char *auth0_id);
bool a0_is_own(const auth0db_login *login, const auth0db_tenant_user *tenant);

/* Record something at the site, then end. */
void a0_hold_out(auth0db_login *login, auth0db_holdout why);
void a0_renew_hash(auth0db_login *login, const char *tenant_mark);
void a0_mark_in_step(auth0db_login *login, const char *tenant_mark, bool reencoded);
void a0_link_seen(auth0db_login *login, a0_after_link then);
void a0_link_proven(auth0db_login *login, a0_after_link then);
void a0_link_and_refuse(auth0db_login *login, auth0db_refusal why);

/** Has the e-mail of the tenant user, as last read, moved to where the site's mailbox is not?
 * (addresses.c) Then nothing is pushed. */
bool a0_tenant_has_moved(const auth0db_login *login);
/** The address that the link has of the tenant. */
const char *a0_known_address(const auth0db_login *login);
const char *a0_unknown_address(const auth0db_login *login);
/** Has the site something to tell the tenant beside the password? (sync.c) */
bool a0_sync_due(const auth0db_login *login);

/* --- the parts ------------------------------------------------------------------------------ */

/** The typed name means two users: whose login is it? Goes on with a0_login_begin (whose.c). */
void a0_login_choose(auth0db_login *login);
/** CHECK_HASH of the user, unless that has been answered: no hash is worked out twice (S10;
 * whose.c).
 */
void a0_check_hash(auth0db_login *login, a0_login_next next);
/** Who it is has been decided (login.c). */
void a0_login_begin(auth0db_login *login);
/** The user is linked: the tenant decides (linked.c). */
void a0_login_linked(auth0db_login *login);
/** The site accepts a user who stays on it, linked or not (linked.c). */
void a0_login_kept(auth0db_login *login);
/** A grant has proven the linked identity: are both sides in step? (linked.c) */
void a0_login_proven(auth0db_login *login);
/** The tenant user, as read just now, has an older password of ours: push this one
 * (linked.c). */
void a0_login_push(auth0db_login *login);
/** One push (push.c). reads: the tenant user was not read in this attempt, so read it first.
 * `ended` is called when it is on record how it ended (login->push). */
void a0_push_begin(auth0db_login *login, bool reads, void (*ended)(auth0db_login *login));
/** The site accepts somebody not linked: create the tenant user (unlinked.c). */
void a0_login_accepted(auth0db_login *login);
/** The site refuses somebody not linked: perhaps the tenant knows (unlinked.c). */
void a0_login_rejected(auth0db_login *login);

/** Who has the tenant's identity at the site? Its link, else the join rule, else a new user
 * (unlinked.c). */
void a0_login_resolve(auth0db_login *login);

void a0_forget_user(a0_login_user *user);

#endif
