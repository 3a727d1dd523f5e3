/* What differs between the site's user and the user at the tenant, and what helps. It reads what
 * the link has on record, and asks nobody: a change that was made at the tenant shows when somebody
 * next looks there. What is not on record is no difference, or sites with links of an older package
 * would be told of differences that are none. */
#include "bulk/remaining/differences.h"

#include <stdio.h>
#include <string.h>

#include "auth0db/addresses.h"
#include "auth0db/client.h"
#include "auth0db/digests.h"
#include "auth0db/login.h"
#include "base/error.h"
#include "base/utf8.h"
#include "link/ids.h"
#include "link/outcomes.h"

/* A longer one is cut: it is none that Auth0 takes, and another than any that it has. */
enum { TEXT_SIZE = 512 };

static const char ADDRESS[] = "other-email", NAME[] = "other-user-name";
static const char TELLS[] =
    "`manage.py auth0_sync` tells Auth0, unless AUTH0_SYNC_EMAIL is switched off";

/* In the way is only what keeps an active user out of Auth0's page under the name that the site
 * knows. The rest is told, and stops no switch-over. */
static const a0_difference_row rows[A0_DIFFERENCES] = {
    [A0_DIFF_ADDRESS_SITE] = {ADDRESS, "changed-here", TELLS, true},
    [A0_DIFF_ADDRESS_TAKEN] =
        {ADDRESS, "exists",
         "another account at Auth0 has the new e-mail: give the user another one here, or change "
         "that account; then `manage.py auth0_sync` tries again",
         true},
    [A0_DIFF_ADDRESS_SHARED] =
        {ADDRESS, "duplicate-email",
         "several users of the site have the new e-mail: leave it to one of them; then "
         "`manage.py auth0_sync` tries again",
         true},
    [A0_DIFF_ADDRESS_INVALID] =
        {ADDRESS, "invalid-user",
         "Auth0 does not take the e-mail of the site: correct it here; then `manage.py auth0_sync` "
         "tries again",
         true},
    [A0_DIFF_ADDRESS_BOTH] =
        {ADDRESS, "changed-in-both",
         "nobody can tell which mailbox is theirs: ask them. Where it is the one at Auth0, give "
         "them the same here, which the admin shows at the user at Auth0; else correct it there; "
         "then `manage.py auth0_sync` sees it",
         true},
    [A0_DIFF_ADDRESS_TENANT] =
        {ADDRESS, "changed-at-auth0",
         "the users log in with it there: give them the same e-mail here, which the admin shows "
         "at the user at Auth0",
         false},
    [A0_DIFF_ADDRESS_NOT_OURS] =
        {ADDRESS, "not-ours",
         "their Auth0 account was there before, so the site does not change its e-mail: give them "
         "the same one here, which the admin shows at the user at Auth0",
         true},
    [A0_DIFF_NAME] = {NAME, "changed-here", TELLS, true},
    [A0_DIFF_NAME_TAKEN] =
        {NAME, "username-taken",
         "another account at Auth0 has the new user name: give the user another one here, or "
         "change that account; then `manage.py auth0_sync` tries again",
         true},
    [A0_DIFF_NAME_INVALID] =
        {NAME, "invalid-user",
         "Auth0 does not take the user name of the site: give the user another one here; then "
         "`manage.py auth0_sync` tries again",
         true},
    [A0_DIFF_NAME_NOT_OURS] =
        {NAME, "not-ours",
         "their Auth0 account was there before, so the site does not change its user name: give "
         "them the one here that they have there",
         true},
    [A0_DIFF_IN_DOUBT] =
        {"change-in-doubt", "",
         "a new e-mail or user name was sent, and nobody knows whether it has arrived: "
         "`manage.py auth0_sync` looks",
         true},
    [A0_DIFF_BLOCKED_BY_SITE] =
        {"blocked-at-auth0", "by-the-site",
         "the site has blocked them, and they are active here again: `manage.py auth0_sync` lifts "
         "the block where AUTH0_SYNC_ACTIVE is on",
         true},
    [A0_DIFF_BLOCKED_THERE] =
        {"blocked-at-auth0", "by-others",
         "Auth0 has refused them as blocked. A block of the site's own `manage.py auth0_sync` "
         "lifts "
         "where AUTH0_SYNC_ACTIVE is on. Else unblock them there, and their next login is let in; "
         "or make them inactive here",
         false},
    [A0_DIFF_GONE] =
        {"gone-at-auth0", "",
         "their Auth0 account was not there any more at their last login: make them inactive here, "
         "or delete them",
         false},
    [A0_DIFF_NOT_BLOCKED] =
        {"inactive-here", "",
         "no block at Auth0 is on record: other applications of the tenant let them in. "
         "`manage.py auth0_sync` blocks them where AUTH0_SYNC_ACTIVE is on",
         false},
    [A0_DIFF_NOT_BLOCKED_NOT_OURS] =
        {"inactive-here", "not-ours",
         "no block at Auth0 is on record, and their account there was there before: the site does "
         "not block it. Block it there if it shall be",
         false},
};

const a0_difference_row *a0_difference_text(a0_difference which)
{
    return &rows[which];
}

static void text_of(a0_slice slice, char out[TEXT_SIZE])
{
    size_t len = slice.len < TEXT_SIZE ? slice.len : TEXT_SIZE - 1;
    if (len > 0)
        memcpy(out, slice.data, len);
    out[slice.data != NULL ? len : 0] = '\0';
}

static bool says(const a0_record *record, a0_link_column column, const char *word)
{
    const a0_slice text = record->link[column];
    return text.data != NULL && text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

static bool has_something(a0_slice text)
{
    return text.data != NULL && text.len > 0;
}

static bool refused_as(const a0_record *record, auth0db_outcome outcome)
{
    return says(record, A0_LINK_UNSYNCED, a0_meaning_of(outcome)->unpushed);
}

/* S11: the site changes the account that was made from this very user, and no other. Without the
 * site's name nobody can say it, and then the account counts as somebody's own. */
static bool is_ours(const a0_link_facts *facts, const a0_record *record)
{
    char expected[AUTH0DB_ID_SIZE] = "";
    if (*facts->site != '\0')
        a0_expected_id(facts->site, record->key, record->tombstones, expected);
    return *expected != '\0' && says(record, A0_LINK_ID, expected);
}

/* --- the address ----------------------------------------------------------------------------- */

static auth0db_moved moved(const a0_link_facts *facts, const a0_record *record, const char *site,
                           const char *tenant)
{
    char here[TEXT_SIZE], there[TEXT_SIZE];
    auth0db_addresses then;
    text_of(record->link[A0_LINK_SITE_ADDRESS], here);
    text_of(record->link[A0_LINK_TENANT_ADDRESS], there);
    auth0db_addresses_read(&then, here, there);
    return auth0db_addresses_moved(&then, site, tenant, facts->digest_key);
}

/* What Auth0 has refused, or the sync itself, is told before "changed here": the cure is another
 * one, and `auth0_sync` would only be refused again. */
static a0_difference of_new_address(const a0_record *record, bool ours, const char *site)
{
    if (!ours)
        return A0_DIFF_ADDRESS_NOT_OURS;
    if (refused_as(record, AUTH0DB_OUTCOME_INVALID_USER) || !auth0db_email_is_sendable(site))
        return A0_DIFF_ADDRESS_INVALID;
    if (refused_as(record, AUTH0DB_OUTCOME_EXISTS))
        return A0_DIFF_ADDRESS_TAKEN;
    if (says(record, A0_LINK_UNSYNCED, auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL)))
        return A0_DIFF_ADDRESS_SHARED;
    if (says(record, A0_LINK_UNSYNCED, A0_UNPUSHED_OTHER_ADDRESS))
        return A0_DIFF_ADDRESS_BOTH;
    return A0_DIFF_ADDRESS_SITE;
}

/* A0_DIFFERENCES: none. */
static a0_difference of_address(const a0_link_facts *facts, const a0_record *record, bool ours)
{
    char site[TEXT_SIZE], tenant[TEXT_SIZE];
    text_of(record->email, site);
    text_of(record->link[A0_LINK_EMAIL], tenant);
    if (!facts->has_email)
        return A0_DIFFERENCES;
    switch (moved(facts, record, site, tenant)) {
    case AUTH0DB_MOVED_SITE:
        return of_new_address(record, ours, site);
    case AUTH0DB_MOVED_BOTH:
        return A0_DIFF_ADDRESS_BOTH;
    case AUTH0DB_MOVED_TENANT:
        return A0_DIFF_ADDRESS_TENANT;
    default:
        return A0_DIFFERENCES;
    }
}

/* --- the user name --------------------------------------------------------------------------- */

/* A link without a user name says that nobody has seen one, not that there is none. */
static a0_difference of_name(const a0_link_facts *facts, const a0_record *record, bool ours)
{
    char site[TEXT_SIZE], tenant[TEXT_SIZE];
    text_of(record->username, site);
    text_of(record->link[A0_LINK_USERNAME], tenant);
    if (!facts->has_username || *tenant == '\0' || *site == '\0' ||
        a0_ascii_equal_ignoring_case(site, tenant))
        return A0_DIFFERENCES;
    if (!ours)
        return A0_DIFF_NAME_NOT_OURS;
    if (refused_as(record, AUTH0DB_OUTCOME_USERNAME_TAKEN))
        return A0_DIFF_NAME_TAKEN;
    return refused_as(record, AUTH0DB_OUTCOME_INVALID_USER) ? A0_DIFF_NAME_INVALID : A0_DIFF_NAME;
}

/* --- active, or blocked ---------------------------------------------------------------------- */

static a0_difference of_flag(const a0_record *record, bool ours)
{
    const bool by_site = says(record, A0_LINK_BLOCK, "site");
    const bool gone = says(record, A0_LINK_WORD, a0_meaning_of(AUTH0DB_OUTCOME_NOT_FOUND)->word);
    const bool blocked =
        by_site || says(record, A0_LINK_WORD, a0_meaning_of(AUTH0DB_OUTCOME_BLOCKED)->word);
    /* An account that is gone lets nobody in, so there is nothing to block. */
    if (gone)
        return record->active ? A0_DIFF_GONE : A0_DIFFERENCES;
    if (record->active == !blocked)
        return A0_DIFFERENCES;
    if (record->active)
        return by_site ? A0_DIFF_BLOCKED_BY_SITE : A0_DIFF_BLOCKED_THERE;
    /* The site would not block somebody's own account, so the cure is another one (S11). */
    return ours ? A0_DIFF_NOT_BLOCKED : A0_DIFF_NOT_BLOCKED_NOT_OURS;
}

/* --------------------------------------------------------------------------------------------- */

void a0_differences_find(const a0_link_facts *facts, const a0_record *record,
                         bool found[A0_DIFFERENCES])
{
    const bool ours = is_ours(facts, record);
    const a0_difference each[] = {
        of_address(facts, record, ours),
        of_name(facts, record, ours),
        of_flag(record, ours),
        ours && has_something(record->link[A0_LINK_SYNCING]) ? A0_DIFF_IN_DOUBT : A0_DIFFERENCES,
    };
    memset(found, 0, A0_DIFFERENCES * sizeof *found);
    for (size_t i = 0; i < A0_COUNT(each); i++) {
        if (each[i] != A0_DIFFERENCES)
            found[each[i]] = true;
    }
}

/* What the link says of a newer password that Auth0 did not take, where a next login changes
 * nothing. */
static const a0_unpushed_row unpushed[A0_UNPUSHED_ROWS] = {
    {"weak-password", "Auth0 refuses the password that they have here as too weak: they choose "
                      "another one, by a reset mail of the site, or the connection's policy is "
                      "relaxed, and their next login tells Auth0"},
    {"unsendable-password", "Auth0 cannot store the password that they have here: they choose one "
                            "of at most 72 bytes, by a reset mail of the site"},
    {"blocked", "Auth0 has them as blocked, and no password is set for such a user: unblock them "
                "there, and their next login tells Auth0"},
    {"not-found", "their Auth0 account is not there any more: make them inactive here, or delete "
                  "them"},
    {"",
     "their stored hash has changed since Auth0 last had their password: their next login tells "
     "Auth0, or finds that it is the same password"},
};

const a0_unpushed_row *a0_unpushed_text(size_t which)
{
    return &unpushed[which];
}

/* The last row is for every other word: most of them end with the next login. */
size_t a0_unpushed_find(const a0_record *record)
{
    size_t which = 0;
    while (which < A0_UNPUSHED_ROWS - 1 && !says(record, A0_LINK_UNPUSHED, unpushed[which].reason))
        which++;
    return which;
}

/* What a hook saw being set waits whatever the row holds by now. And of a hash that was replaced
 * the tenant has the newer password. */
bool a0_hash_is_in_step(const a0_record *record, const char *digest_key)
{
    const a0_slice columns[] = {record->sync_digest, record->link[A0_LINK_SAME],
                                record->link[A0_LINK_REPLACED], record->link[A0_LINK_TOLD]};
    const auth0db_stored now = {record->password.data, record->password.len, digest_key};
    char texts[A0_COUNT(columns)][TEXT_SIZE];
    auth0db_digests digests;
    for (size_t i = 0; i < A0_COUNT(columns); i++)
        text_of(columns[i], texts[i]);
    auth0db_digests_read(&digests, texts[0], texts[1], texts[2], texts[3]);
    const auth0db_standing standing = auth0db_digests_standing(&digests, &now);
    return digests.told[0] == '\0' &&
           (standing == AUTH0DB_STANDING_SAME || standing == AUTH0DB_STANDING_REPLACED);
}
