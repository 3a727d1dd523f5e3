/* Whose mailbox is it? A link knows the address that the tenant has for its user, and fingerprints
 * of both addresses as they were when site and tenant last had the same one. So it can be said
 * which of the two has moved since: who reads an old mailbox must not get an account by it.
 *
 * A fingerprint is the beginning of HMAC-SHA-256 of the address, without ASCII case, by the site's
 * key. All functions are pure. */
#ifndef AUTH0DB_ADDRESSES_H
#define AUTH0DB_ADDRESSES_H

#include "auth0db/export.h"

enum { AUTH0DB_ADDRESS_PRINT_LEN = 22 }; /* base64url of 16 bytes */

/* The columns of a link. "" in both: the two were, when they were linked, the address that the link
 * has of the tenant. */
typedef struct auth0db_addresses {
    char site[AUTH0DB_ADDRESS_PRINT_LEN + 1], tenant[AUTH0DB_ADDRESS_PRINT_LEN + 1];
} auth0db_addresses;

/* Which addresses have moved since both sides were in step. */
typedef enum auth0db_moved {
    AUTH0DB_MOVED_NEITHER,
    AUTH0DB_MOVED_SITE,   /* the site mails, pushes go on, the tenant is not asked to mail */
    AUTH0DB_MOVED_TENANT, /* the tenant alone mails, and nothing is pushed */
    AUTH0DB_MOVED_BOTH    /* nobody mails, nothing is pushed */
} auth0db_moved;

/** "neither", "site", "tenant", "both". */
AUTH0DB_API const char *auth0db_moved_name(auth0db_moved moved);
/** Columns as they are stored, NULL where an older package or the import made the link. One that is
 * malformed equals no address. */
AUTH0DB_API void auth0db_addresses_read(auth0db_addresses *out, const char *site,
                                        const char *tenant);
/** site: the user's address now; tenant: the link's, "" means the user's own. key: the site's; "":
 * none, and then a fingerprint equals nothing. */
AUTH0DB_API auth0db_moved auth0db_addresses_moved(const auth0db_addresses *then, const char *site,
                                                  const char *tenant, const char *key);
/** The tenant, which had `was`, has been seen to have `tenant` now. In step where that is the
 * site's. */
AUTH0DB_API void auth0db_addresses_follow(auth0db_addresses *then, const char *site,
                                          const char *was, const char *tenant, const char *key);

#endif
