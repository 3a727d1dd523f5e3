/* Reads which table and column of the site's database holds what. Strict, for what is written there
 * goes into SQL and decides who moves: a member that is not known may be a rule of another version,
 * and to ignore it would move somebody whom it keeps back. */
#include "django/site_map.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum { VERSION = 1 };

void a0_site_map_stock(a0_site_map *out)
{
    *out = (a0_site_map){
        .users = "auth_user",
        .key = "id",
        .key_type = A0_KEY_INTEGER,
        .username = "username",
        .email = "email",
        .password = "password",
        .given_name = "first_name",
        .family_name = "last_name",
        .active = "is_active",
        .staff = "is_staff",
        .superuser = "is_superuser",
        .last_login = "last_login",
        .joined = "date_joined",
        .sites = "auth0db_auth0site",
        .links = "auth0db_auth0user",
        .holdouts = "auth0db_holdout",
        .batches = "auth0db_importbatch",
        .claims = "auth0db_importclaim",
        .reminders = "auth0db_reminder",
        .resolutions = "auth0db_resolution",
        .tombstones = "auth0db_tombstone",
    };
}

/* --- reading an object ----------------------------------------------------------------------- */

/* One member that an object may have: a text, which goes to a place of some size. */
typedef struct member {
    const char *name;
    char *to;
    size_t size;
    bool required;
} member;

#define NAME(name, to)                                                                             \
    {                                                                                              \
        name, to, sizeof(to), false                                                                \
    }
#define REQUIRED(name, to)                                                                         \
    {                                                                                              \
        name, to, sizeof(to), true                                                                 \
    }

static int malformed(auth0db_error *err, const char *path, const char *name, const char *what)
{
    char where[sizeof err->where];
    snprintf(where, sizeof where, "%s.%s", path, name);
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, where, "%s", what);
}

/* Names go into SQL, quoted; what no table or column is called is refused here already. */
static bool is_name(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static int read_member(const json_t *object, const member *m, const char *path, auth0db_error *err)
{
    const json_t *value = json_object_get(object, m->name);
    const char *text = a0_json_text(object, m->name);
    m->to[0] = '\0';
    if (value == NULL || json_is_null(value))
        return m->required ? malformed(err, path, m->name, "is missing") : AUTH0DB_OK;
    if (text == NULL)
        return malformed(err, path, m->name, "is not a text");
    if (*text == '\0' && m->required)
        return malformed(err, path, m->name, "is empty");
    /* A long name is refused and not cut: its beginning is perhaps another table's. */
    if (strlen(text) >= m->size || !is_name(text))
        return malformed(err, path, m->name, "is too long, or has control characters");
    memcpy(m->to, text, strlen(text) + 1);
    return AUTH0DB_OK;
}

static bool is_among(const char *name, const member *members, size_t n, const char *const *others)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(members[i].name, name) == 0)
            return true;
    }
    for (; *others != NULL; others++) {
        if (strcmp(*others, name) == 0)
            return true;
    }
    return false;
}

/* `others`: members that the caller reads itself. */
static int read_object(json_t *object, const member *members, size_t n, const char *const *others,
                       const char *path, auth0db_error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, path, "is not an object");
    /* All names are checked before anything is read, so that a misspelt member is not taken for one
     * that is absent. */
    json_object_foreach(object, name, value)
    {
        if (!is_among(name, members, n, others))
            return malformed(err, path, is_name(name) ? name : "?",
                             "is not known: written by another version?");
    }
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < n && rc == AUTH0DB_OK; i++)
        rc = read_member(object, &members[i], path, err);
    return rc;
}

/* Index of a word, or -1. */
static int word(const char *text, const char *const *words, int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0)
            return i;
    }
    return -1;
}

/* --- its parts ------------------------------------------------------------------------------- */

static int read_users(a0_site_map *map, json_t *users, auth0db_error *err)
{
    static const char path[] = "site_map.users";
    static const char *const none[] = {NULL};
    static const char *const types[] = {
        [A0_KEY_INTEGER] = "integer", [A0_KEY_UUID] = "uuid", [A0_KEY_STRING] = "string"};
    char type[16];
    const member members[] = {
        REQUIRED("table", map->users),       REQUIRED("key", map->key),
        REQUIRED("key_type", type),          NAME("username", map->username),
        NAME("email", map->email),           REQUIRED("password", map->password),
        NAME("given_name", map->given_name), NAME("family_name", map->family_name),
        NAME("active", map->active),         NAME("staff", map->staff),
        NAME("superuser", map->superuser),   NAME("last_login", map->last_login),
        NAME("joined", map->joined),
    };
    int rc = read_object(users, members, A0_COUNT(members), none, path, err);
    if (rc != AUTH0DB_OK)
        return rc;
    int at = word(type, types, A0_COUNT(types));
    if (at < 0)
        return malformed(err, path, "key_type", "is not integer, uuid or string");
    map->key_type = (a0_key_type)at;
    return AUTH0DB_OK;
}

static int read_verified(a0_site_map *map, json_t *verified, auth0db_error *err)
{
    static const char *const none[] = {NULL};
    const member members[] = {
        REQUIRED("table", map->verified.table), REQUIRED("user", map->verified.user),
        REQUIRED("email", map->verified.email), REQUIRED("verified", map->verified.verified)};
    /* Only a site with django-allauth has such a table. */
    if (verified == NULL || json_is_null(verified))
        return AUTH0DB_OK;
    return read_object(verified, members, A0_COUNT(members), none, "site_map.verified", err);
}

static int read_factor(a0_mfa_source *source, json_t *object, const char *path, auth0db_error *err)
{
    static const char *const none[] = {NULL};
    static const char *const formats[] = {[A0_MFA_OTP_TOTP] = "otp_totp",
                                          [A0_MFA_ALLAUTH_TOTP] = "allauth_totp",
                                          [A0_MFA_PHONE] = "phone",
                                          [A0_MFA_OTHER] = "other"};
    char format[16];
    const member members[] = {
        REQUIRED("format", format),       REQUIRED("label", source->label),
        REQUIRED("table", source->table), REQUIRED("user", source->user),
        NAME("value", source->value),     NAME("confirmed", source->confirmed),
        NAME("type", source->type),       NAME("type_is", source->type_is),
        NAME("digits", source->digits),   NAME("step", source->step),
        NAME("t0", source->t0),
    };
    int rc = read_object(object, members, A0_COUNT(members), none, path, err);
    if (rc != AUTH0DB_OK)
        return rc;
    int at = word(format, formats, A0_COUNT(formats));
    if (at < 0)
        return malformed(err, path, "format", "is not otp_totp, allauth_totp, phone or other");
    source->format = (a0_mfa_format)at;
    /* Of a factor that cannot move only its being there counts; the others are nothing without the
     * secret or the number. */
    if (source->format != A0_MFA_OTHER && source->value[0] == '\0')
        return malformed(err, path, "value", "is missing");
    /* They choose rows together. One alone would choose all rows, those of other kinds too, or
     * none. */
    if ((source->type[0] == '\0') != (source->type_is[0] == '\0'))
        return malformed(err, path, "type_is", "and type go together");
    return AUTH0DB_OK;
}

static int read_factors(a0_site_map *map, const json_t *list, auth0db_error *err)
{
    static const char path[] = "site_map.mfa";
    if (list == NULL || json_is_null(list))
        return AUTH0DB_OK;
    if (!json_is_array(list))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, path, "is not an array");
    /* Too many are an error and not cut: a table that is left out would be second factors that
     * nobody sees. */
    if (json_array_size(list) > A0_MFA_SOURCES_MAX)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, path, "has more than %d tables",
                            (int)A0_MFA_SOURCES_MAX);
    map->n_mfa = (unsigned)json_array_size(list);
    int rc = AUTH0DB_OK;
    for (unsigned i = 0; i < map->n_mfa && rc == AUTH0DB_OK; i++) {
        char item[32];
        snprintf(item, sizeof item, "%s[%u]", path, i);
        rc = read_factor(&map->mfa[i], json_array_get(list, i), item, err);
    }
    return rc;
}

/* Our own tables: a site may have moved our migrations. */
static int read_tables(a0_site_map *map, json_t *tables, auth0db_error *err)
{
    static const char *const none[] = {NULL};
    const member members[] = {REQUIRED("sites", map->sites),
                              REQUIRED("links", map->links),
                              REQUIRED("holdouts", map->holdouts),
                              REQUIRED("batches", map->batches),
                              REQUIRED("claims", map->claims),
                              REQUIRED("reminders", map->reminders),
                              REQUIRED("resolutions", map->resolutions),
                              REQUIRED("tombstones", map->tombstones)};
    /* Absent means the names of our own migrations, which are there already. */
    if (tables == NULL || json_is_null(tables))
        return AUTH0DB_OK;
    return read_object(tables, members, A0_COUNT(members), none, "site_map.tables", err);
}

static int read_flag(const json_t *root, const char *name, bool *out, auth0db_error *err)
{
    const json_t *value = json_object_get(root, name);
    *out = json_is_true(value);
    if (value == NULL || json_is_null(value) || json_is_boolean(value))
        return AUTH0DB_OK;
    return malformed(err, "site_map", name, "is not true or false");
}

static int read_map(a0_site_map *map, json_t *root, auth0db_error *err)
{
    /* "database" is for people: what the map was made of */
    static const char *const others[] = {"version",        "users",    "verified", "named_by_email",
                                         "null_is_active", "mfa",      "tables",   "database",
                                         "keep_local",     "unproven", NULL};
    const member members[] = {NAME("site", map->site)};
    json_int_t version = a0_json_int(root, "version", 0);
    /* The version comes first: a newer map would stop at a member that is not known, and this says
     * better why. */
    if (json_is_object(root) && version > VERSION)
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "site_map.version",
                            "is %lld: this auth0db reads %d", (long long)version, (int)VERSION);
    int rc = read_object(root, members, A0_COUNT(members), others, "site_map", err);
    if (rc == AUTH0DB_OK && version != VERSION)
        return malformed(err, "site_map", "version", "is not 1");
    if (rc == AUTH0DB_OK)
        rc = read_flag(root, "named_by_email", &map->named_by_email, err);
    if (rc == AUTH0DB_OK)
        rc = read_flag(root, "null_is_active", &map->null_is_active, err);
    if (rc == AUTH0DB_OK)
        rc = read_users(map, json_object_get(root, "users"), err);
    if (rc == AUTH0DB_OK)
        rc = read_verified(map, json_object_get(root, "verified"), err);
    if (rc == AUTH0DB_OK)
        rc = read_factors(map, json_object_get(root, "mfa"), err);
    if (rc == AUTH0DB_OK)
        rc = read_tables(map, json_object_get(root, "tables"), err);
    return rc;
}

int a0_site_map_parse(a0_site_map *out, const char *json, size_t len, auth0db_error *err)
{
    json_t *root;
    a0_site_map map;
    /* After a failure *out is the stock map and no half of this one. */
    a0_site_map_stock(out);
    a0_site_map_stock(&map); /* for the tables that need no name */
    int rc = a0_json_parse(&root, json, len, "site_map", err);
    if (rc == AUTH0DB_OK)
        rc = read_map(&map, root, err);
    json_decref(root);
    if (rc == AUTH0DB_OK)
        *out = map;
    return rc;
}
