/* The users whom a login may find, for the path test. */
#ifndef A0_TEST_LOGIN_WORLD_H
#define A0_TEST_LOGIN_WORLD_H

#include "auth0db/login.h"

#define SITE "test-site"
#define OTHER_ID "auth0|ffffffffffffffffffffffff"
#define SECRET "tr0ub4dor"

static char expected[AUTH0DB_ID_SIZE]; /* of user "1" */
static char numbered[AUTH0DB_ID_SIZE]; /* of user "1" after two others of that key */

#define USER(email_, active_, ...)                                                                 \
    {                                                                                              \
        .key = "1", .username = "bob", .email = email_, .active = active_, __VA_ARGS__             \
    }
#define LINKED(standing_, mark_, active_, ...)                                                     \
    USER(BOB, active_, .auth0_id = expected, .standing = AUTH0DB_STANDING_##standing_,             \
         .tenant_mark = mark_, __VA_ARGS__)
#define SHARED .shared_known = true
#define KEPT .keep_local = true
#define BOB "bob@example.org"
#define OLD "old@example.org"

static const auth0db_site_user found_users[] = {
    USER(BOB, true, ),
    USER("", true, ),
    USER("bob@localhost", true, ),
    USER(BOB, true, .holdout_stands = true),
    USER(BOB, false, ),
    LINKED(SAME, "", true, SHARED),
    LINKED(SAME, "?", true, SHARED),
    LINKED(SAME, "", false, SHARED),
    LINKED(SAME, "", true, SHARED, .tenant_email = "old@example.org"),
    LINKED(SAME, "", true, SHARED, .word = "blocked"),
    LINKED(OTHER, "", true, ),
    LINKED(OTHER, "2026-01-01T00:00:00.000Z", true, .shared_known = true),
    LINKED(OTHER, "?", true, ),
    LINKED(OTHER, "", true, .told_waits = true),
    LINKED(TOLD, "2026-01-01T00:00:00.000Z", true, ),
    LINKED(TOLD, "", true, .word = "mfa"),
    LINKED(TOLD, "", true, .word = "blocked"),
    LINKED(TOLD, "", true, .word = "gone"),
    LINKED(TOLD, "~2026-01-15T00:00:00.000Z", true, ),
    LINKED(REPLACED, "2026-01-01T00:00:00.000Z", true, ),
    LINKED(REPLACED, "2026-01-01T00:00:00.000Z", true, .told_waits = true),
    LINKED(OTHER, "", false, ),
    /* the e-mail was changed on the site, at the tenant, on both */
    LINKED(TOLD, "", true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE),
    LINKED(TOLD, "", true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_TENANT),
    LINKED(SAME, "", true, SHARED, .tenant_email = OLD, .moved = AUTH0DB_MOVED_TENANT),
    LINKED(TOLD, "", true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_BOTH),
    USER(BOB, true, .tombstones = 2),
    USER(BOB, true, KEPT),
    USER(BOB, false, KEPT),
    USER("", true, KEPT),
    LINKED(SAME, "", true, SHARED, KEPT),
    LINKED(TOLD, "?", true, KEPT),
    LINKED(SAME, "", true, SHARED, .word = "blocked", KEPT),
    LINKED(TOLD, "", true, .word = "mfa", KEPT),
    LINKED(REPLACED, "", true, KEPT),
    LINKED(OTHER, "", true, KEPT),
    LINKED(SAME, "", false, SHARED, KEPT),
    LINKED(TOLD, "", true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_TENANT, KEPT),
};
enum { FIRST_KEPT = 27 };
static const auth0db_site_user stranger = {.key = "2",
                                           .username = "eve",
                                           .email = "eve@example.org",
                                           .active = true,
                                           .auth0_id = OTHER_ID,
                                           .tenant_mark = "",
                                           .standing = AUTH0DB_STANDING_SAME};

/* Is this reason told to somebody who does, or does not, know the password? */
static bool told_of(auth0db_refusal refusal, bool knows)
{
    switch (auth0db_refusal_told(refusal)) {
    case AUTH0DB_TOLD_NOBODY:
        return false;
    case AUTH0DB_TOLD_OWNER:
        return knows;
    default:
        return true;
    }
}

#endif
