/* What a link keeps of the hashes that its user has had: which of them knows the password that site
 * and tenant share, which knows one that was replaced, and which one a hook saw being set.
 *
 * A digest stands for one encoding of one password. It is the beginning of SHA-256 of the stored
 * text, or of HMAC-SHA-256 by the site's key where the text has no salt of its own: such a digest
 * would be as good as the hash to somebody who guesses passwords. All functions are pure. */
#ifndef AUTH0DB_DIGESTS_H
#define AUTH0DB_DIGESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/export.h"

enum {
    AUTH0DB_DIGEST_LEN = 22, /* base64url of 16 bytes */
    AUTH0DB_SAME_MAX = 5,
    AUTH0DB_REPLACED_MAX = 20,
    AUTH0DB_SYNC_DIGEST_LEN = 64
};

/* The columns of a link. Each text is digests one behind the other, the newest first. */
typedef struct auth0db_digests {
    /* auth0db_fingerprint of the hash that is in step; "" where there is none (any more), or where
     * that hash has no salt. Older packages read and write this column alone */
    char sync_digest[AUTH0DB_SYNC_DIGEST_LEN + 1];
    char same[AUTH0DB_SAME_MAX * AUTH0DB_DIGEST_LEN + 1];         /* of the shared password */
    char replaced[AUTH0DB_REPLACED_MAX * AUTH0DB_DIGEST_LEN + 1]; /* of earlier ones */
    char told[AUTH0DB_DIGEST_LEN + 1]; /* of the hash that a hook saw being set */
} auth0db_digests;

/* A stored hash, and the site's key. Borrowed. */
typedef struct auth0db_stored {
    const char *encoded;
    size_t len;
    const char *key; /* "" or NULL: none was made yet */
} auth0db_stored;

/* What a link knows of the hash that is in the row now. */
typedef enum auth0db_standing {
    AUTH0DB_STANDING_OTHER,   /* nothing: perhaps newer than the shared password */
    AUTH0DB_STANDING_SAME,    /* it knows the password that both sides hold */
    AUTH0DB_STANDING_TOLD,    /* a hook saw it being set, and the tenant does not have it yet */
    AUTH0DB_STANDING_REPLACED /* it knows a password that was replaced: the tenant rules */
} auth0db_standing;

/** "other", "same", "told", "replaced". */
AUTH0DB_API const char *auth0db_standing_name(auth0db_standing standing);
/** True where a digest of this hash needs the site's key: it has no salt, or nobody knows. */
AUTH0DB_API bool auth0db_digest_needs_key(const char *encoded, size_t len);

/** Columns as they are stored; NULL where an older package wrote the link. What is malformed counts
 * as empty. What an older package has recorded since takes the place it would have here. */
AUTH0DB_API void auth0db_digests_read(auth0db_digests *out, const char *sync_digest,
                                      const char *same, const char *replaced, const char *told);
AUTH0DB_API auth0db_standing auth0db_digests_standing(const auth0db_digests *digests,
                                                      const auth0db_stored *row);

/* What changes them. */
typedef enum auth0db_digest_event {
    AUTH0DB_DIGEST_SHARED, /* both sides hold the password of `now` */
    AUTH0DB_DIGEST_PUSHED, /* the tenant has taken the password of `now`; it may be old by now */
    /* `now` is another encoding of the password of `before`; without it, of the shared one */
    AUTH0DB_DIGEST_REENCODED,
    AUTH0DB_DIGEST_TOLD,     /* a hook saw the row change from `before` to `now` */
    AUTH0DB_DIGEST_REPLACED, /* the password of `now` is not the tenant's, which rules */
    /* a push begins: to older packages the link is out of step until it has ended */
    AUTH0DB_DIGEST_CLAIMED
} auth0db_digest_event;

/** before: REENCODED, and TOLD where it is known; else NULL. */
AUTH0DB_API void auth0db_digests_change(auth0db_digests *digests, auth0db_digest_event event,
                                        const auth0db_stored *before, const auth0db_stored *now);

#endif
