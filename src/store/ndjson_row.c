/* What a piece of the file says of a user: as it is plainly meant, or what is wrong with it, by
 * name. Nothing is guessed: a wrong guess at a key, a flag or a date moves the wrong person, or
 * lets one in. Whether the user moves is decided by bulk/assess. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "store/ndjson_int.h"
#include "store/values.h"

/* --- members --------------------------------------------------------------------------------- */

typedef enum member {
    KEY,
    ID,
    PK,
    USERNAME,
    EMAIL,
    PASSWORD,
    FIRST_NAME,
    LAST_NAME,
    IS_ACTIVE,
    IS_STAFF,
    IS_SUPERUSER,
    EMAIL_VERIFIED,
    LAST_LOGIN,
    DATE_JOINED,
    TOTP,
    PHONE,
    TOMBSTONES,
    MEMBERS
} member;

/* A literal for each, since nobody frees a record's `damage`. */
#define A0_MEMBER(name)                                                                            \
    {                                                                                              \
        name, "bad-member: " name                                                                  \
    }
static const struct {
    const char *name, *damage;
} NAMES[] = {
    [KEY] = A0_MEMBER("key"),
    [ID] = A0_MEMBER("id"),
    [PK] = A0_MEMBER("pk"),
    [USERNAME] = A0_MEMBER("username"),
    [EMAIL] = A0_MEMBER("email"),
    [PASSWORD] = A0_MEMBER("password"),
    [FIRST_NAME] = A0_MEMBER("first_name"),
    [LAST_NAME] = A0_MEMBER("last_name"),
    [IS_ACTIVE] = A0_MEMBER("is_active"),
    [IS_STAFF] = A0_MEMBER("is_staff"),
    [IS_SUPERUSER] = A0_MEMBER("is_superuser"),
    [EMAIL_VERIFIED] = A0_MEMBER("email_verified"),
    [LAST_LOGIN] = A0_MEMBER("last_login"),
    [DATE_JOINED] = A0_MEMBER("date_joined"),
    [TOTP] = A0_MEMBER("totp"),
    [PHONE] = A0_MEMBER("phone"),
    [TOMBSTONES] = A0_MEMBER("tombstones"),
};
_Static_assert(A0_COUNT(NAMES) == MEMBERS, "every member has a name");

/* An object's members, where each stands once. */
typedef struct members {
    const json_t *of[MEMBERS];
    const char *damage; /* the first thing that is wrong */
    bool too_long;
} members;

/* The first is enough: it holds the user back, and the next run finds the next one. */
static void damaged(members *found, member which)
{
    if (found->damage == NULL)
        found->damage = NAMES[which].damage;
}

static member named(const char *name)
{
    member which = 0;
    while (which < MEMBERS && strcasecmp(name, NAMES[which].name) != 0)
        which++;
    return which;
}

/* Oracle and others write names in capitals. "email" and "EMAIL" in one object are two opinions. */
static members members_of(const json_t *object)
{
    members found = {0};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        member which = named(name);
        if (which == MEMBERS)
            continue;
        if (found.of[which] != NULL)
            damaged(&found, which);
        found.of[which] = value;
    }
    return found;
}

static bool is_null(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

/* --- a piece --------------------------------------------------------------------------------- */

void a0_nd_row_parse(a0_nd_row *row, a0_slice piece)
{
    auth0db_error why;
    *row = (a0_nd_row){0};
    if (a0_json_parse(&row->object, piece.data, piece.len, "user", &why) != AUTH0DB_OK)
        return;
    if (!json_is_object(row->object)) {
        json_decref(row->object);
        row->object = NULL;
        return;
    }
    /* What dumpdata writes: {"model": "auth.user", "pk": 1, "fields": {...}}. Both words together:
     * a user model may have a column of one of these names. */
    json_t *fields = json_object_get(row->object, "fields");
    row->model = json_is_object(fields) ? a0_json_text(row->object, "model") : NULL;
    row->fields = row->model != NULL ? fields : row->object;
}

void a0_nd_row_clear(a0_nd_row *row)
{
    const char *name;
    json_t *value;
    json_object_foreach(row->fields, name, value)
    {
        member which = named(name);
        /* jansson frees without wiping. */
        if (which == PASSWORD || which == TOTP)
            a0_json_wipe(row->fields, name);
    }
    json_decref(row->object);
    *row = (a0_nd_row){0};
}

bool a0_nd_row_is_user(const a0_nd_row *row)
{
    members found = members_of(row->fields);
    return json_is_string(found.of[PASSWORD]) &&
           (found.of[USERNAME] != NULL || found.of[EMAIL] != NULL);
}

/* --- keys ------------------------------------------------------------------------------------ */

/* "{0F8FAD5B-D9CB-...}", "urn:uuid:...", 32 digits: what is inside, in small letters. */
static a0_slice bare_uuid(a0_slice text, char low[A0_UUID_LEN + 1])
{
    static const char urn[] = "urn:uuid:";
    const char *from = text.data;
    size_t len = text.len;
    if (len > sizeof urn - 1 && strncasecmp(from, urn, sizeof urn - 1) == 0) {
        from += sizeof urn - 1;
        len -= sizeof urn - 1;
    } else if (len > 2 && from[0] == '{' && from[len - 1] == '}') {
        from++;
        len -= 2;
    }
    if (len > A0_UUID_LEN)
        return (a0_slice){NULL, 0};
    for (size_t i = 0; i < len; i++)
        low[i] = (char)tolower((unsigned char)from[i]);
    low[len] = '\0';
    return (a0_slice){low, len};
}

/* Of a UUID in any spelling the one that Django writes; of anything else the text as it is. */
static a0_slice one_spelling(a0_slice text, char buf[A0_UUID_LEN + 1])
{
    char low[A0_UUID_LEN + 1], digits[A0_UUID_LEN + 1];
    a0_slice bare = bare_uuid(text, low);
    if (bare.data == NULL)
        return text;
    a0_slice hex = a0_uuid_to_hex(bare, digits); /* 32 digits, or what it was */
    a0_slice uuid = a0_uuid_from_hex(hex, buf);
    return uuid.data == buf ? uuid : text;
}

/* "17.0" is what a table of numbers with a gap in it makes of 17. */
static a0_slice without_zeros(a0_slice text)
{
    const char *digits = text.data;
    const char *point = text.len > 0 ? memchr(digits, '.', text.len) : NULL;
    if (point == NULL || point + 1 == digits + text.len)
        return text;
    for (const char *c = point + 1; c < digits + text.len; c++) {
        if (*c != '0')
            return text;
    }
    a0_slice whole = {digits, (size_t)(point - digits)};
    int64_t number;
    return a0_integer_parse(whole, &number) ? whole : text;
}

static bool whole_number(const json_t *value, long long *out)
{
    if (json_is_integer(value)) {
        *out = (long long)json_integer_value(value);
        return true;
    }
    const double limit = 9007199254740992.0; /* 2^53: beyond it a real names several numbers */
    double real = json_is_real(value) ? json_real_value(value) : 0.5;
    if (!(real > -limit && real < limit) || trunc(real) != real)
        return false;
    *out = (long long)real;
    return true;
}

static bool key_text(const json_t *value, const a0_site_map *map, char buf[A0_NAME_SIZE])
{
    char uuid[A0_UUID_LEN + 1];
    long long number;
    if (whole_number(value, &number))
        return snprintf(buf, A0_NAME_SIZE, "%lld", number) > 0;
    a0_slice text = {json_string_value(value), json_string_length(value)};
    /* What stands before a NUL would be somebody else's key. */
    if (text.data == NULL || text.len == 0 || memchr(text.data, '\0', text.len) != NULL)
        return false;
    /* Where keys are texts, two spellings are two keys, and two users. */
    if (map->key_type != A0_KEY_STRING)
        text = without_zeros(one_spelling(text, uuid));
    if (text.len >= A0_NAME_SIZE)
        return false;
    memcpy(buf, text.data, text.len);
    buf[text.len] = '\0';
    return true;
}

bool a0_nd_row_key(const a0_nd_row *row, const a0_site_map *map, const char *unit, uint64_t number,
                   char buf[A0_NAME_SIZE])
{
    const json_t *value = NULL;
    if (row->model != NULL) {
        /* Of dumpdata's this alone: a member "id" among the fields is some column. */
        value = json_object_get(row->object, "pk");
    } else if (row->object != NULL) {
        members found = members_of(row->fields);
        for (member which = KEY; which <= PK && value == NULL; which++)
            value = found.of[which];
    }
    if (key_text(value, map, buf))
        return true;
    snprintf(buf, A0_NAME_SIZE, "%s %llu", unit, (unsigned long long)number);
    return false;
}

/* --- values ---------------------------------------------------------------------------------- */

static a0_slice fitting(members *found, a0_slice text)
{
    if (text.len > A0_FIELD_MAX) {
        found->too_long = true;
        text.len = A0_FIELD_MAX;
    }
    return text;
}

static a0_slice text_member(members *found, member which)
{
    const json_t *value = found->of[which];
    a0_slice text = {json_string_value(value), json_string_length(value)};
    if (!is_null(value) && text.data == NULL)
        damaged(found, which);
    return fitting(found, text);
}

/* A name that is a number: tools that guess types write 12345 for "12345". `values` keeps the text.
 */
static int name_member(members *found, member which, a0_buf *values, a0_slice *out)
{
    const json_t *value = found->of[which];
    if (!json_is_integer(value)) {
        *out = text_member(found, which);
        return AUTH0DB_OK;
    }
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
    size_t at = values->len;
    int rc = a0_buf_append(values, digits, (size_t)n);
    *out = (a0_slice){values->data + at, (size_t)n};
    return rc;
}

/* As databases and tools write the two. */
static const struct {
    const char *text;
    bool flag;
} FLAGS[] = {
    {"true", true},   {"t", true},  {"yes", true}, {"y", true},  {"on", true},   {"1", true},
    {"false", false}, {"f", false}, {"no", false}, {"n", false}, {"off", false}, {"0", false},
};

/* What is none of these holds its user back: of "is_active" neither answer is the safe one. */
static bool flag_member(members *found, member which, bool absent)
{
    const json_t *value = found->of[which];
    long long number;
    if (is_null(value))
        return absent;
    if (json_is_boolean(value))
        return json_is_true(value);
    if (whole_number(value, &number) && (number == 0 || number == 1))
        return number == 1;
    const char *text = json_string_value(value);
    /* Only what stands before a NUL would be compared. */
    if (text != NULL && strlen(text) != json_string_length(value))
        text = NULL;
    for (size_t i = 0; text != NULL && i < A0_COUNT(FLAGS); i++) {
        if (strcasecmp(text, FLAGS[i].text) == 0)
            return FLAGS[i].flag;
    }
    damaged(found, which);
    return absent;
}

/* How many users of this key were deleted before: without it a new one would get the id by which
 * Auth0 knows the former. */
static unsigned count_member(members *found, member which)
{
    enum { COUNT_MAX = 1000000 };
    const json_t *value = found->of[which];
    long long number = 0;
    if (!is_null(value) && (!whole_number(value, &number) || number < 0 || number > COUNT_MAX)) {
        damaged(found, which);
        return 0;
    }
    return (unsigned)number;
}

/* --- times ----------------------------------------------------------------------------------- */

/* Since 1970, in seconds or what JavaScript, Java or databases count in: from 1973 to 5138 the four
 * do not overlap. */
static const struct {
    double from, to, micros; /* microseconds in one */
} UNITS[] = {{1e8, 1e11, 1e6}, {1e11, 1e14, 1e3}, {1e14, 1e17, 1}, {1e17, 9e18, 1e-3}};

/* A number below all of these has several meanings, from a second of 1970 to a year: it is none. */
static bool epoch(double number, int64_t *time)
{
    *time = A0_NO_TIME;
    if (number == 0) /* never */
        return true;
    for (size_t i = 0; i < A0_COUNT(UNITS); i++) {
        if (number >= UNITS[i].from && number < UNITS[i].to) {
            *time = (int64_t)llround(number * UNITS[i].micros);
            return true;
        }
    }
    return false;
}

static bool number_text(a0_slice text, double *number)
{
    json_t *value;
    auth0db_error why;
    /* The JSON parser, since strtod obeys the locale. */
    char wrapped[40];
    int n = snprintf(wrapped, sizeof wrapped, "[%.*s]", (int)(text.len < 36 ? text.len : 0),
                     (const char *)text.data);
    if (n <= 2 || a0_json_parse(&value, wrapped, (size_t)n, "number", &why) != AUTH0DB_OK)
        return false;
    const json_t *first = json_array_get(value, 0);
    bool is_number = json_array_size(value) == 1 && json_is_number(first);
    *number = json_number_value(first);
    json_decref(value);
    return is_number;
}

static bool time_text(a0_slice text, int64_t *time)
{
    static const char midnight[] = " 00:00:00", never[] = "0000-00-00";
    enum { DAY = sizeof never - 1 };
    char day[DAY + sizeof midnight];
    double number;
    *time = a0_time_parse(text.data, text.len);
    if (*time != A0_NO_TIME || text.len == 0)
        return true;
    if (text.len >= DAY && memcmp(text.data, never, DAY) == 0) /* MySQL's */
        return true;
    if (text.len == DAY) {
        memcpy(day, text.data, DAY);
        memcpy(day + DAY, midnight, sizeof midnight);
        *time = a0_time_parse(day, sizeof day - 1);
        if (*time != A0_NO_TIME)
            return true;
    }
    return number_text(text, &number) && epoch(number, time);
}

static int64_t time_member(members *found, member which)
{
    const json_t *value = found->of[which];
    int64_t time = A0_NO_TIME;
    bool read = is_null(value);
    if (json_is_number(value))
        read = epoch(json_number_value(value), &time);
    else if (json_is_string(value))
        read = time_text((a0_slice){json_string_value(value), json_string_length(value)}, &time);
    if (!read)
        damaged(found, which); /* "--since" would take it for somebody who never came */
    return time;
}

/* --- the record ------------------------------------------------------------------------------ */

static a0_mfa_source totp_source = {.format = A0_MFA_ALLAUTH_TOTP, .label = "totp"};
static a0_mfa_source phone_source = {.format = A0_MFA_PHONE, .label = "phone"};

/* The secret goes on in the form that allauth keeps it in. */
static int read_totp(members *found, a0_scan *scan, a0_slice *out)
{
    a0_slice secret = text_member(found, TOTP);
    *out = (a0_slice){NULL, 0};
    /* One that was cut may end in half a character; its user is held back anyhow. */
    if (secret.data == NULL || secret.len == A0_FIELD_MAX)
        return AUTH0DB_OK;
    size_t at = scan->values.len;
    json_t *object = json_pack("{s:s%}", "secret", (const char *)secret.data, secret.len);
    int rc = object != NULL ? a0_json_write(&scan->values, object) : AUTH0DB_ERR_NO_MEMORY;
    a0_json_wipe(object, "secret");
    json_decref(object);
    if (rc == AUTH0DB_OK)
        *out = (a0_slice){scan->values.data + at, scan->values.len - at};
    return rc;
}

static void add_factor(a0_record *record, const a0_mfa_source *source, a0_slice value)
{
    if (value.data != NULL)
        record->mfa[record->n_mfa++] = (a0_mfa_row){.source = source, .value = value};
}

static int read_values(members *found, a0_scan *scan)
{
    a0_record *record = &scan->record;
    a0_slice totp;
    /* All at once: a buffer that grows moves, and what was read of it before would hang. A byte of
     * a secret becomes six at most (\\u0001). */
    int rc = a0_buf_reserve(&scan->values, 7 * A0_FIELD_MAX);
    if (rc == AUTH0DB_OK)
        rc = name_member(found, USERNAME, &scan->values, &record->username);
    if (rc == AUTH0DB_OK)
        rc = name_member(found, FIRST_NAME, &scan->values, &record->given_name);
    if (rc == AUTH0DB_OK)
        rc = name_member(found, LAST_NAME, &scan->values, &record->family_name);
    if (rc == AUTH0DB_OK)
        rc = read_totp(found, scan, &totp);
    if (rc != AUTH0DB_OK)
        return rc;
    add_factor(record, &totp_source, totp);
    add_factor(record, &phone_source, text_member(found, PHONE));
    return AUTH0DB_OK;
}

int a0_nd_row_read(const a0_nd_row *row, a0_scan *scan)
{
    a0_record *record = &scan->record;
    members found = members_of(row->fields);
    /* A null is not a member that is missing: without one the user is active, as Django makes
     * users; a null is what the site's own Django makes of it. */
    const bool null_is = json_is_null(found.of[IS_ACTIVE]) && scan->store->map.null_is_active;
    record->email = text_member(&found, EMAIL);
    record->password = text_member(&found, PASSWORD);
    record->active =
        json_is_null(found.of[IS_ACTIVE]) ? null_is : flag_member(&found, IS_ACTIVE, true);
    record->staff = flag_member(&found, IS_STAFF, false);
    record->superuser = flag_member(&found, IS_SUPERUSER, false);
    record->email_verified = flag_member(&found, EMAIL_VERIFIED, false);
    record->last_login = time_member(&found, LAST_LOGIN);
    record->joined = time_member(&found, DATE_JOINED);
    record->tombstones = count_member(&found, TOMBSTONES);
    int rc = read_values(&found, scan);
    /* A key that is missing was found before, and is said before. */
    if (record->damage == NULL)
        record->damage = found.damage;
    record->too_long |= found.too_long;
    return rc;
}
