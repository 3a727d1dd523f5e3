/* What an import does with its users, one entry after the other (facts/auth0.md 5). */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/api/api_factors.h"
#include "sandbox/jobs/import_codes.h"
#include "sandbox/jobs/import_row.h"
#include "sandbox/jobs/jobs_int.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/profile.h"

/* Statements that are used once an entry: preparing them costs more than running them. */
typedef enum lookup { BY_EMAIL, BY_ID, BY_USERNAME, BY_PHONE, HALF_CREATED, LOOKUPS } lookup;

typedef struct importer {
    sb_tenant *tenant;
    sb_run *run;
    sb_connection connection;
    sqlite3_stmt *lookups[LOOKUPS];
    sb_user_writer writer;
} importer;

/* One entry under way. */
typedef struct entry {
    json_t *members;
    json_t *email; /* in lower case */
    json_t *errors;
    json_t *fault; /* what a fault wants of this entry; borrowed, or NULL */
    int64_t found; /* the user with this address; 0: none */
} entry;

#define PHONE "json_extract(profile, '$.phone_number')"

static int prepare(importer *im)
{
    static const char *const sql[LOOKUPS] = {
        [BY_EMAIL] = "SELECT seq FROM users WHERE connection = ? AND email = ?",
        [BY_ID] = "SELECT seq FROM users WHERE connection = ? AND user_id = ?",
        [BY_USERNAME] = "SELECT seq FROM users WHERE connection = ? AND username = ?",
        /* as the partial index is written */
        [BY_PHONE] = ("SELECT seq FROM users WHERE connection = ? AND " PHONE " = ? AND " PHONE
                      " IS NOT NULL"),
        [HALF_CREATED] = "SELECT 1 FROM half_created WHERE connection = ? AND email = ?",
    };
    int rc = sb_user_writer_open(im->tenant, &im->writer);
    for (int i = 0; i < LOOKUPS && rc == AUTH0DB_OK; i++)
        rc = sb_db_prepare(&im->lookups[i], im->tenant->db, sql[i], "");
    return rc;
}

static int64_t look_up(importer *im, lookup which, const char *value)
{
    sqlite3_stmt *stmt = im->lookups[which];
    if (value == NULL || sb_db_bind(stmt, "ss", im->connection.name, value) != AUTH0DB_OK)
        return 0;
    int64_t seq = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return seq;
}

/* ---- who is there already ---- */

/* A name that this very user has is none: with `upsert` the entry is about that user. */
static void conflict(importer *im, entry *e, lookup which, const char *value, const char *code,
                     const char *path)
{
    int64_t seq = look_up(im, which, value);
    if (seq != 0 && seq != e->found)
        sb_row_error(e->errors, code, path, "The specified %s already exists", path);
}

/* Twice in the file is looked at first: by now the other entry is in the database, and the later
 * one would seem to meet a user of before. Auth0 refuses it, and never makes and then changes
 * (documented: facts/auth0.md 5.1). The codes are the documented ones; import_codes.c rewords them.
 */
static void check_conflicts(importer *im, entry *e)
{
    const char *email = json_string_value(e->email), *id = a0_json_text(e->members, "user_id");
    json_t *username = sb_profile_lowered(e->members, "username");
    a0_buf user_id = {0};
    if (json_object_get(im->run->seen, email) != NULL)
        sb_row_error(e->errors, "DUPLICATED_USER", "email", "The file has this user twice");
    else if (look_up(im, HALF_CREATED, email) != 0)
        sb_row_error(e->errors, "DUPLICATED_USER", "email",
                     "Error inserting user to db: the user was created only in part");
    e->found = look_up(im, BY_EMAIL, email);
    if (json_array_size(e->errors) == 0 && e->found != 0 &&
        !a0_json_true(im->run->job.record, "upsert"))
        sb_row_error(e->errors, "CONFLICT_EMAIL", "email", "The specified email already exists");
    if (id != NULL && a0_buf_printf(&user_id, "auth0|%s", id) == AUTH0DB_OK)
        conflict(im, e, BY_ID, a0_buf_text(&user_id), "CONFLICT", "user_id");
    conflict(im, e, BY_USERNAME, json_string_value(username), "CONFLICT_USERNAME", "username");
    conflict(im, e, BY_PHONE, a0_json_text(e->members, "phone_number"), "CONFLICT", "phone_number");
    a0_buf_clear(&user_id);
    json_decref(username);
}

/* ---- a new user ---- */

/* Who comes without a hash has a password all the same, a random one (documented: facts/auth0.md
 * 5.4): it fits nothing that is typed, and a later hash is refused for it. */
static int put_password(sb_user *user, const json_t *members)
{
    json_t *hash = json_object_get(members, "custom_password_hash");
    if (hash == NULL)
        hash = json_object_get(members, "password_hash");
    if (hash != NULL)
        sb_user_put_hash(user, hash);
    else
        user->password = a0_strdup(SB_PASSWORD_RANDOM);
    return user->password != NULL || user->foreign_hash != NULL ? AUTH0DB_OK
                                                                : AUTH0DB_ERR_NO_MEMORY;
}

static int insert(importer *im, entry *e)
{
    sb_user user = {0};
    const char *code = a0_json_text(e->fault, "code");
    int rc = sb_profile_build(im->tenant, &im->connection, e->members, "import", &user);
    if (rc == AUTH0DB_OK)
        rc = put_password(&user, e->members);
    if (rc == AUTH0DB_OK && code == NULL) /* a fault that comes here is MFA_FACTORS_FAILED */
        rc = sb_factors_import(im->tenant, &user, json_object_get(e->members, "mfa_factors"));
    if (rc == AUTH0DB_OK)
        rc = sb_user_write(im->tenant, &im->writer, &user);
    if (rc == AUTH0DB_OK && code == NULL)
        im->run->job.inserted++;
    sb_user_clear(&user);
    return rc;
}

/* ---- a user that is there ---- */

/* An imported hash may be replaced by another until the first login has made bcrypt of it; who was
 * imported without one has a random password, and that is a password. That the text is this one is
 * documented, its code is a guess (facts/auth0.md 5.4). */
static bool hash_ok(entry *e, const sb_user *user)
{
    const json_t *hash = json_object_get(e->members, "custom_password_hash");
    if (hash == NULL || user->foreign_hash != NULL)
        return true;
    sb_row_error(e->errors, "NOT_PASSED", "custom_password_hash",
                 "A custom_password_hash was provided, but the user already has password hash "
                 "defined");
    return false;
}

/* What an entry may change of a user; the rest of it is passed over. Metadata is replaced whole,
 * and an address that the entry does not call verified is not (facts/auth0.md 5.2, 5.6). */
static void change(const sb_tenant *tenant, sb_user *user, const json_t *members)
{
    static const char *const replaced[] = {"given_name", "family_name",  "name",         "nickname",
                                           "picture",    "app_metadata", "user_metadata"};
    for (size_t i = 0; i < A0_COUNT(replaced); i++) {
        json_t *value = json_object_get(members, replaced[i]);
        if (json_is_object(value) && json_object_size(value) == 0)
            json_object_del(user->profile, replaced[i]);
        else if (value != NULL)
            json_object_set(user->profile, replaced[i], value);
    }
    json_object_set_new(user->profile, "email_verified",
                        json_boolean(a0_json_true(members, "email_verified")));
    if (json_object_get(members, "custom_password_hash") != NULL)
        sb_user_put_hash(user, json_object_get(members, "custom_password_hash"));
    sb_profile_date(tenant, user->profile, "updated_at");
}

static int update(importer *im, entry *e)
{
    sb_user user;
    int rc = AUTH0DB_OK;
    if (!sb_user_by_seq(im->tenant, e->found, &user))
        return AUTH0DB_ERR_IO;
    if (hash_ok(e, &user)) {
        change(im->tenant, &user, e->members);
        rc = sb_user_save(im->tenant, &user);
        im->run->job.updated++;
    }
    sb_user_clear(&user);
    return rc;
}

/* ---- faults ---- */

/* The entry's own trouble, if a fault has ordered any: by its place in the file, or its address. */
static json_t *fault_of(const importer *im, int64_t at, const char *email)
{
    size_t i;
    json_t *fault;
    json_array_foreach(json_object_get(im->run->job.plan, "rows"), i, fault)
    {
        const char *address = a0_json_text(fault, "email");
        bool here = a0_json_int(fault, "at", -1) == at ||
                    (address != NULL && a0_ascii_equal_ignoring_case(address, email));
        if (here || a0_json_true(fault, "all"))
            return fault;
    }
    return NULL;
}

static int strike(importer *im, entry *e)
{
    const char *code = a0_json_text(e->fault, "code"), *path = a0_json_text(e->fault, "path");
    const char *message = a0_json_text(e->fault, "message");
    int rc = AUTH0DB_OK;
    if (strcmp(code, "MFA_FACTORS_FAILED") == 0 && e->found == 0)
        rc = insert(im, e); /* the user is there, its second factor is not */
    else if (a0_json_true(e->fault, "half_created"))
        rc = sb_half_created_add(im->tenant, im->connection.name, json_string_value(e->email));
    sb_row_error(e->errors, code, path != NULL ? path : "", "%s",
                 message != NULL ? message : "A fault of the sandbox");
    return rc;
}

/* ---- one entry ---- */

/* 10 KB, in kilobytes that nobody has defined; refused from March 2027 on (facts/auth0.md 4.1).
 * What is no part of the profile does not count. */
static bool is_too_large(const importer *im, const entry *e)
{
    int64_t most = im->tenant->options.import_profile_max;
    json_t *profile = most > 0 ? json_copy(e->members) : NULL;
    a0_buf text = {0};
    bool too_large = false;
    if (profile == NULL)
        return false;
    json_object_del(profile, "custom_password_hash");
    json_object_del(profile, "password_hash");
    json_object_del(profile, "mfa_factors");
    if (a0_json_write(&text, profile) == AUTH0DB_OK)
        too_large = text.len > (size_t)most;
    if (too_large)
        sb_row_error(e->errors, "PROFILE_SIZE_EXCEEDED", "",
                     "The profile exceeds the maximum size");
    a0_buf_clear(&text);
    json_decref(profile);
    return too_large;
}

/* An address counts as seen also where its entry fails below: a second one is a duplicate of the
 * file either way. */
static int apply(importer *im, entry *e, int64_t at)
{
    const char *email = json_string_value(e->email);
    if (email == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    check_conflicts(im, e);
    if (json_object_set_new(im->run->seen, email, json_true()) != 0)
        return AUTH0DB_ERR_NO_MEMORY;
    e->fault = fault_of(im, at, email);
    if (json_array_size(e->errors) > 0)
        return AUTH0DB_OK;
    if (is_too_large(im, e))
        return AUTH0DB_OK;
    if (e->fault != NULL)
        return strike(im, e);
    return e->found != 0 ? update(im, e) : insert(im, e);
}

/* Masked before it is kept: the report would else hold the hashes of exactly those who did not move
 * (stars are documented: facts/auth0.md 4.10). */
static int record_errors(importer *im, const entry *e, int64_t at)
{
    a0_buf text = {0};
    json_t *both = json_pack("{s:o, s:O}", "user", sb_row_masked(e->members), "errors", e->errors);
    int rc = both != NULL ? a0_json_write(&text, both) : AUTH0DB_ERR_NO_MEMORY;
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(im->tenant->db, "INSERT INTO job_errors VALUES (?, ?, ?)", "iis",
                       im->run->job.seq, at, a0_buf_text(&text));
    a0_buf_clear(&text);
    json_decref(both);
    im->run->job.failed++;
    return rc;
}

/* An entry that breaks the schema meets nobody: only what could be a user is compared with those
 * who are there. */
static int import_entry(importer *im, int64_t at)
{
    sb_row_rules rules = {&im->connection, im->tenant->options.import_requires_username};
    entry e = {.members = json_array_get(im->run->rows, (size_t)at), .errors = json_array()};
    if (e.errors == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    int rc = AUTH0DB_OK;
    sb_row_check(e.members, &rules, e.errors);
    if (json_object_get(e.members, "password") != NULL)
        im->tenant->passwords_seen[SB_LANE_IMPORT]++;
    if (json_array_size(e.errors) == 0) {
        e.email = sb_profile_lowered(e.members, "email");
        rc = apply(im, &e, at);
    }
    /* What a fault has ordered is sent as it was ordered */
    if (e.fault == NULL && im->tenant->options.import_codes == SB_CODES_RECORDED)
        sb_import_codes_as_recorded(e.errors);
    if (rc == AUTH0DB_OK && json_array_size(e.errors) > 0)
        rc = record_errors(im, &e, at);
    json_decref(e.email);
    json_decref(e.errors);
    return rc;
}

/* The connection is looked up for each chunk: between two, it may have been changed or deleted. */
int sb_import_work(sb_tenant *tenant, sb_run *run, int64_t until)
{
    importer im = {.tenant = tenant, .run = run};
    if (!sb_connection_find(tenant, a0_json_text(run->job.record, "connection"), &im.connection))
        return AUTH0DB_ERR_STATE;
    int rc = prepare(&im);
    for (; run->job.done < until && rc == AUTH0DB_OK; run->job.done++)
        rc = import_entry(&im, run->job.done);
    for (int i = 0; i < LOOKUPS; i++)
        sqlite3_finalize(im.lookups[i]);
    sb_user_writer_close(&im.writer);
    sb_connection_clear(&im.connection);
    return rc;
}

int sb_import_resume(sb_run *run)
{
    for (int64_t at = 0; at < run->job.done; at++) {
        json_t *email = sb_profile_lowered(json_array_get(run->rows, (size_t)at), "email");
        int rc = 0;
        if (email != NULL)
            rc = json_object_set_new(run->seen, json_string_value(email), json_true());
        json_decref(email);
        if (rc != 0)
            return AUTH0DB_ERR_NO_MEMORY;
    }
    return AUTH0DB_OK;
}
