/* Two mailboxes of one user: which of them has moved since both sides had the same address, and
 * what follows for the machines. */
#include "auth0db/addresses.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "login/login_int.h"

enum { LEN = AUTH0DB_ADDRESS_PRINT_LEN, PRINT_BYTES = 16 };

/* Equals nothing that print_of makes, which is base64url. */
#define NO_PRINT "?"

const char *auth0db_moved_name(auth0db_moved moved)
{
    static const char *const words[] = {"neither", "site", "tenant", "both"};
    /* An unknown value goes by the word that allows least: nobody mails, nothing is pushed. */
    return (unsigned)moved < A0_COUNT(words) ? words[moved] : "both";
}

/* A malformed print is not read as an empty one. Empty in both means that nothing is on record, and
 * then only the site's address counts as moved: pushes would go on from a mailbox that may be old.
 */
static void read_print(char out[LEN + 1], const char *column)
{
    bool good = column != NULL && (*column == '\0' || strlen(column) == LEN);
    snprintf(out, LEN + 1, "%s", good ? column : column == NULL ? "" : NO_PRINT);
}

void auth0db_addresses_read(auth0db_addresses *out, const char *site, const char *tenant)
{
    read_print(out->site, site);
    read_print(out->tenant, tenant);
}

/* Without a key, or where HMAC failed, nobody knows: such a print equals nothing, and what has
 * perhaps moved counts as moved. */
static void print_of(char out[LEN + 1], const char *address, const char *key)
{
    uint8_t bytes[A0_DIGEST_MAX];
    char *folded = a0_strdup(address);
    snprintf(out, LEN + 1, "%s", NO_PRINT);
    if (folded == NULL)
        return;
    a0_ascii_lower(folded);
    if (key != NULL && *key != '\0' &&
        a0_hmac("sha256", (a0_slice){key, strlen(key)}, (a0_slice){folded, strlen(folded)}, bytes,
                NULL) == AUTH0DB_OK)
        a0_base64_encode(A0_B64_URL, bytes, PRINT_BYTES, out);
    a0_free(folded);
}

static bool is_print(const char *print, const char *address, const char *key)
{
    char now[LEN + 1];
    print_of(now, address, key);
    return strcmp(print, now) == 0 && strcmp(now, NO_PRINT) != 0;
}

static bool nothing_recorded(const auth0db_addresses *then)
{
    return then->site[0] == '\0' && then->tenant[0] == '\0';
}

auth0db_moved auth0db_addresses_moved(const auth0db_addresses *then, const char *site,
                                      const char *tenant, const char *key)
{
    if (*tenant == '\0' || a0_ascii_equal_ignoring_case(site, tenant))
        return AUTH0DB_MOVED_NEITHER;
    if (nothing_recorded(
            then)) /* the tenant has not been seen to move, or this would be on record */
        return AUTH0DB_MOVED_SITE;
    bool site_moved = !is_print(then->site, site, key);
    bool tenant_moved = !is_print(then->tenant, tenant, key);
    if (site_moved && !tenant_moved)
        return AUTH0DB_MOVED_SITE;
    return site_moved ? AUTH0DB_MOVED_BOTH : AUTH0DB_MOVED_TENANT;
}

void auth0db_addresses_follow(auth0db_addresses *then, const char *site, const char *was,
                              const char *tenant, const char *key)
{
    if (a0_ascii_equal_ignoring_case(site, tenant)) {
        print_of(then->site, site, key);
        print_of(then->tenant, tenant, key);
    } else if (nothing_recorded(then)) { /* both were that, or the site's address has moved first */
        print_of(then->site, *was != '\0' ? was : site, key);
        print_of(then->tenant, *was != '\0' ? was : site, key);
    }
}

/* --- the machines ---------------------------------------------------------------------------- */

const char *a0_known_address(const auth0db_login *login)
{
    return *login->user.tenant_email != '\0' ? login->user.tenant_email : login->user.email;
}

/* Somebody at the tenant has given the user another mailbox, and the site does not have it: the
 * newest password of the site may have been set by who reads the old one. What the tenant's user
 * has no address of is nobody's mailbox. */
bool a0_tenant_has_moved(const auth0db_login *login)
{
    const char *shown = login->seen.email;
    bool moved_before =
        login->user.moved == AUTH0DB_MOVED_TENANT || login->user.moved == AUTH0DB_MOVED_BOTH;
    if (*shown == '\0' || a0_ascii_equal_ignoring_case(shown, login->user.email))
        return false;
    return moved_before || !a0_ascii_equal_ignoring_case(shown, a0_known_address(login));
}

/* The address that the tenant was last seen to have for this user, where the link does not know it
 * yet; else NULL. */
const char *a0_unknown_address(const auth0db_login *login)
{
    const auth0db_tenant_user *shown = &login->tenant;
    if (!a0_is_linked(login))
        return NULL;
    /* Only what was shown of the linked id. Another account's address, once followed, would have
     * the next grant counted against that account. */
    if (strcmp(login->seen.user_id, login->user.auth0_id) == 0)
        shown = &login->seen;
    else if (strcmp(shown->user_id, login->user.auth0_id) != 0)
        return NULL;
    bool news = *shown->email != '\0' &&
                !a0_ascii_equal_ignoring_case(shown->email, a0_known_address(login));
    return news ? shown->email : NULL;
}
