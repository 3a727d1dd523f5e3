/* May the old hashes go? Who would still be kept out, or set back to an older password, if logins
 * went to Auth0 alone from now on. It counts everybody and asks nothing of the tenant. Inactive
 * users are in nobody's way, though who is made active again later has no password then. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "bulk/remaining/differences.h"
#include "bulk/users.h"

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
    uint64_t in_import, reminded, never_came;
    uint64_t out_of_step[A0_UNPUSHED_ROWS];
    uint64_t with_factor; /* moved, with a second factor on the site */
    bool factors_settled;
    tally lanes, held, tombstones;
    a0_link_facts facts;
    uint64_t staying_moved; /* of those who stay */
    uint64_t verified;      /* moved, with an e-mail that the site has verified */
    struct {
        uint64_t in_the_way, told;
    } differences[A0_DIFFERENCES];
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
static void count_names(tally *t, a0_slice name, uint64_t users)
{
    size_t i = 0;
    if (name.data == NULL)
        name.data = "";
    if (name.len >= NAME_SIZE)
        name.len = NAME_SIZE - 1;
    while (i < t->n && !is_named(&t->of[i], name))
        i++;
    /* A word too many is no reason to count nobody. */
    if (i == NAMES_MAX)
        i--;
    if (i == t->n) {
        memcpy(t->of[i].name, name.data, name.len);
        t->n++;
    }
    t->of[i].users += users;
}

static void count_name(tally *t, a0_slice name)
{
    count_names(t, name, 1);
}

static int count_tombstones(void *ctx, const char *what, const char *state, uint64_t n)
{
    count_names(ctx, (a0_slice){state, strlen(state)}, n);
    return AUTH0DB_OK;
}

/* Nobody who is inactive is in anybody's way: the site lets none of them in. */
static void count_differences(counts *n, const a0_record *record)
{
    bool found[A0_DIFFERENCES];
    a0_differences_find(&n->facts, record, found);
    for (size_t i = 0; i < A0_DIFFERENCES; i++) {
        if (found[i] && record->active && a0_difference_text((a0_difference)i)->keeps_out)
            n->differences[i].in_the_way++;
        else if (found[i])
            n->differences[i].told++;
    }
}

static void count_linked(counts *n, const a0_record *record)
{
    n->linked++;
    count_name(&n->lanes, record->lane);
    count_differences(n, record);
    if (record->email_verified)
        n->verified++;
    /* Inactive, or without a password: no hash of such a user opens anything. */
    if (record->active && has_password(record) && !a0_hash_is_in_step(record, n->facts.digest_key))
        n->out_of_step[a0_unpushed_find(record)]++;
    /* On record is only that a user has moved, not with what: somebody must see to it, or at
     * Universal Login a password alone opens what two factors have guarded. */
    if (record->active && record->n_mfa + record->mfa_dropped > 0)
        n->with_factor++;
}

/* The first that applies, from what is certain to what is only missing, so that each user is
 * counted once. Claimed comes before inactive: what became of the user is not known yet. */
static int count_user(void *ctx, const a0_record *record, auth0db_error *err)
{
    counts *n = ctx;
    const bool stays = a0_kept_has(n->kept, record->key);
    n->users++;
    n->staying += stays; /* linked or not: decided by the hash that is here */
    n->staying_moved += stays && record->linked;
    if (stays)
        return AUTH0DB_OK;
    if (record->linked)
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

static void emit_difference(json_t *list, const char *why, const char *reason, uint64_t users,
                            const char *cure)
{
    if (users > 0)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "why", why, "reason", reason,
                                              "users", (json_int_t)users, "cure", cure));
}

/* Each row names the command that clears it, for the list is read by whoever has to. */
static json_t *in_the_way(const counts *n)
{
    json_t *list = json_array();
    emit_difference(list, "not-moved", "", n->never_came, "a login or `auth0db import` moves them");
    for (size_t i = 0; i < n->held.n; i++)
        emit_difference(
            list, "held-back", n->held.of[i].name, n->held.of[i].users,
            "`auth0db holdouts` names them, `auth0db resolve` or `auth0db remind` settles them");
    emit_difference(list, "in-import", "", n->in_import,
                    "`auth0db settle` records what became of them");
    emit_difference(list, "reminded", "", n->reminded,
                    "they have not set a password: `auth0db remind --list`");
    for (size_t i = 0; i < A0_UNPUSHED_ROWS; i++)
        emit_difference(list, "out-of-step", a0_unpushed_text(i)->reason, n->out_of_step[i],
                        a0_unpushed_text(i)->cure);
    for (size_t i = 0; i < A0_DIFFERENCES; i++) {
        const a0_difference_row *row = a0_difference_text((a0_difference)i);
        emit_difference(list, row->why, row->reason, n->differences[i].in_the_way, row->cure);
    }
    /* Nobody can see from here what Auth0 has, so a person must say that it was seen to. */
    if (!n->factors_settled)
        emit_difference(
            list, "second-factor", "", n->with_factor,
            "their second factors stayed on the site, unless `import --with-factors` took them: "
            "`auth0db factors` adds them when people log in at Universal Login; then say "
            "--factors-settled");
    return list;
}

/* What a tombstone says of the account, where it may still be there, and what is done about it. */
static const struct {
    const char *state, *cure;
} remains[] = {
    {"to-block", "`manage.py auth0_outbox` does at Auth0 what waits"},
    {"to-delete", "`manage.py auth0_outbox` does at Auth0 what waits"},
    {"given-up", "Auth0 did not do it for a week: do it there, or by `manage.py auth0_forget "
                 "--delete`"},
    {"left", "their accounts stay at Auth0, and open nothing here: `manage.py auth0_forget "
             "--delete` deletes one there"},
    {"not-ours", "their accounts were there before, stay, and open nothing here: delete them at "
                 "Auth0 if they shall go"},
};

static uint64_t counted(const tally *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->of[i].name, name) == 0)
            return t->of[i].users;
    }
    return 0;
}

static json_t *differences(const counts *n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < A0_COUNT(remains); i++)
        emit_difference(list, "deleted-here", remains[i].state,
                        counted(&n->tombstones, remains[i].state), remains[i].cure);
    for (size_t i = 0; i < A0_DIFFERENCES; i++) {
        const a0_difference_row *row = a0_difference_text((a0_difference)i);
        emit_difference(list, row->why, row->reason, n->differences[i].told, row->cure);
    }
    return list;
}

static json_t *tallied(const tally *t)
{
    json_t *all = json_object();
    for (size_t i = 0; i < t->n; i++)
        json_object_set_new(all, t->of[i].name, json_integer((json_int_t)t->of[i].users));
    return all;
}

static json_t *report(const counts *n)
{
    json_t *list = in_the_way(n);
    json_t *all = json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "event",
                            "report", "run", "switch-over", "ready", json_array_size(list) == 0,
                            "users", (json_int_t)n->users, "staying", (json_int_t)n->staying,
                            "moved", (json_int_t)n->linked, "links", tallied(&n->lanes), "inactive",
                            (json_int_t)n->inactive, "no_password", (json_int_t)n->no_password,
                            "with_factor", (json_int_t)n->with_factor, "in_the_way", list);
    json_t *more = json_pack("{s:I, s:I, s:o, s:o}", "staying_moved", (json_int_t)n->staying_moved,
                             "verified", (json_int_t)n->verified, "tombstones",
                             tallied(&n->tombstones), "differences", differences(n));
    const bool whole = all != NULL && json_object_update(all, more) == 0;
    json_decref(more);
    if (whole)
        return all;
    json_decref(all);
    return NULL;
}

/* What is compared with every link. */
static int read_facts(auth0db_bulk *bulk, counts *n, char site[65], char key[65],
                      auth0db_error *err)
{
    const a0_site_map *map = a0_store_map(bulk->store);
    n->facts = (a0_link_facts){.site = site,
                               .digest_key = key,
                               .has_email = map->email[0] != '\0',
                               .has_username = map->username[0] != '\0'};
    /* Read, not made: a look leaves nothing behind. */
    int rc = a0_store_site(bulk->store, false, "", site, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_digest_key(bulk->store, key, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_count_tombstones(bulk->store, count_tombstones, &n->tombstones, err);
    return rc;
}

int auth0db_bulk_switch_over(auth0db_bulk *bulk, bool factors_settled, auth0db_error *err)
{
    const a0_scan_options everybody = {
        .since_login = A0_NO_TIME, .with_state = true, .with_details = true, .with_link = true};
    counts n = {.kept = &bulk->kept, .factors_settled = factors_settled};
    char site[65] = "", key[65] = "";
    int rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = read_facts(bulk, &n, site, key, err);
    if (rc == AUTH0DB_OK)
        rc = a0_users_all(bulk, &everybody, "users", count_user, &n, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_event(bulk, report(&n), err);
    /* With it the digests of hashes without salt could be guessed at. */
    a0_wipe(key, sizeof key);
    return rc;
}
