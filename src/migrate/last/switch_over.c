/* May the old hashes go? Who would still be kept out, or set back to an older password, if logins
 * went to Auth0 alone from now on. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "migrate/users.h"

enum { NAMES_MAX = 32, NAME_SIZE = 40 };

/* Users by a word that is on record: lanes, reasons. */
typedef struct tally {
    struct named {
        char name[NAME_SIZE];
        uint64_t users;
    } of[NAMES_MAX];
    size_t n;
} tally;

typedef struct counts {
    const a0_kept *kept;
    uint64_t users, staying, linked, inactive, no_password;
    uint64_t in_import, reminded, never_came, out_of_step;
    uint64_t with_factor; /* moved, with a second factor on the site */
    bool factors_settled;
    tally lanes, held;
} counts;

/* Django's mark of no password is a leading '!'. */
static bool has_password(const a0_record *record)
{
    return record->password.len > 0 && ((const char *)record->password.data)[0] != '!';
}

static bool is_named(const struct named *one, a0_slice name)
{
    return strlen(one->name) == name.len && memcmp(one->name, name.data, name.len) == 0;
}

/* The words are ours, so they are few; others are counted with the last one. */
static void count_name(tally *t, a0_slice name)
{
    size_t i = 0;
    if (name.data == NULL)
        name.data = "";
    if (name.len >= NAME_SIZE)
        name.len = NAME_SIZE - 1;
    while (i < t->n && !is_named(&t->of[i], name))
        i++;
    if (i == NAMES_MAX)
        i--;
    if (i == t->n) {
        memcpy(t->of[i].name, name.data, name.len);
        t->n++;
    }
    t->of[i].users++;
}

/* The digest of a hash that both sides have: then Auth0 has its password, or a newer one. */
static bool is_in_step(const a0_record *record)
{
    char now[AUTH0DB_FINGERPRINT_SIZE];
    const char *encoded = record->password.data;
    auth0db_fingerprint(&encoded, &record->password.len, 1, now);
    return strlen(now) == record->sync_digest.len &&
           memcmp(now, record->sync_digest.data, record->sync_digest.len) == 0;
}

static void count_linked(counts *n, const a0_record *record)
{
    n->linked++;
    count_name(&n->lanes, record->lane);
    if (record->active && has_password(record) && !is_in_step(record))
        n->out_of_step++;
    /* On record is only that a user has moved, not with what: somebody must see to it, or at
     * Universal Login a password alone opens what two factors have guarded. */
    if (record->active && record->n_mfa + record->mfa_dropped > 0)
        n->with_factor++;
}

static int count_user(void *ctx, const a0_record *record, auth0db_error *err)
{
    counts *n = ctx;
    n->users++;
    if (a0_kept_has(n->kept, record->key)) /* linked or not: decided by the hash that is here */
        n->staying++;
    else if (record->linked)
        count_linked(n, record);
    else if (record->claimed) /* may be at the tenant, with nothing on record */
        n->in_import++;
    else if (!record->active)
        n->inactive++;
    else if (!has_password(record))
        n->no_password++;
    else if (record->reminded)
        n->reminded++;
    else if (record->holdout.data != NULL)
        count_name(&n->held, record->holdout);
    else
        n->never_came++;
    return AUTH0DB_OK;
}

/* --- the report ------------------------------------------------------------------------------- */

static void tell(json_t *list, const char *why, const char *reason, uint64_t users,
                 const char *cure)
{
    if (users > 0)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "why", why, "reason", reason,
                                              "users", (json_int_t)users, "cure", cure));
}

static json_t *in_the_way(const counts *n)
{
    json_t *list = json_array();
    tell(list, "not-moved", "", n->never_came, "a login or `auth0db import` moves them");
    for (size_t i = 0; i < n->held.n; i++)
        tell(list, "held-back", n->held.of[i].name, n->held.of[i].users,
             "`auth0db holdouts` names them, `auth0db resolve` or `auth0db remind` settles them");
    tell(list, "in-import", "", n->in_import, "`auth0db settle` records what became of them");
    tell(list, "reminded", "", n->reminded,
         "they have not set a password: `auth0db remind --list`");
    tell(list, "out-of-step", "", n->out_of_step,
         "their stored hash has changed since Auth0 last had their password: their next login tells "
         "Auth0, or finds that it is the same password");
    if (!n->factors_settled)
        tell(list, "second-factor", "", n->with_factor,
             "their second factors stayed on the site, unless `import --with-factors` took them: "
             "`auth0db factors` adds them when people log in at Universal Login; then say "
             "--factors-settled");
    return list;
}

static json_t *links(const counts *n)
{
    json_t *all = json_object();
    for (size_t i = 0; i < n->lanes.n; i++)
        json_object_set_new(all, n->lanes.of[i].name,
                            json_integer((json_int_t)n->lanes.of[i].users));
    return all;
}

static json_t *report(const counts *n)
{
    json_t *list = in_the_way(n);
    return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "event", "report",
                     "run", "switch-over", "ready", json_array_size(list) == 0, "users",
                     (json_int_t)n->users, "staying", (json_int_t)n->staying, "moved", (json_int_t)n->linked, "links", links(n),
                     "inactive", (json_int_t)n->inactive, "no_password", (json_int_t)n->no_password,
                     "with_factor", (json_int_t)n->with_factor, "in_the_way", list);
}

int auth0db_bulk_switch_over(auth0db_bulk *bulk, bool factors_settled, auth0db_error *err)
{
    const a0_scan_options everybody = {
        .since_login = A0_NO_TIME, .with_state = true, .with_details = true};
    counts n = {.kept = &bulk->kept, .factors_settled = factors_settled};
    int rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = a0_users_all(bulk, &everybody, "users", count_user, &n, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_event(bulk, report(&n), err);
    return rc;
}
