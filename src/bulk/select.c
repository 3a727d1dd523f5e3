/* Who is meant by an auth0db_selection, and how a user is told of. It says who is meant by the
 * options alone; whether such a user can move is decided in assess.c. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/bulk_int.h"
#include "store/values.h"

/* "2026-01-31", "2026-01-31T12:00:00" or with a space, in UTC. */
bool a0_read_date(const char *text, int64_t *micros)
{
    struct tm day = {.tm_mday = 1};
    int end = 0;
    if (strlen(text) == 10)
        sscanf(text, "%4d-%2d-%2d%n", &day.tm_year, &day.tm_mon, &day.tm_mday, &end);
    else
        sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &day.tm_year, &day.tm_mon, &day.tm_mday,
               &day.tm_hour, &day.tm_min, &day.tm_sec, &end);
    if (end == 0 || text[end] != '\0')
        return false;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    /* timegm corrects what is no date. A typing error must not select other users than were meant,
     * so the corrected date is compared with what was asked. */
    const struct tm asked = day;
    time_t at = timegm(&day); /* moves the 31st of February to March */
    *micros = (int64_t)at * 1000000;
    return day.tm_year == asked.tm_year && day.tm_mon == asked.tm_mon &&
           day.tm_mday == asked.tm_mday && day.tm_hour == asked.tm_hour &&
           day.tm_min == asked.tm_min && day.tm_sec == asked.tm_sec;
}

int a0_selection_read(a0_selection *out, const auth0db_selection *from, auth0db_error *err)
{
    auth0db_selection s = {0};
    *out = (a0_selection){.since_login = A0_NO_TIME, .limit = UINT64_MAX};
    if (from == NULL)
        return AUTH0DB_OK;
    if (from->size < offsetof(auth0db_selection, limit))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the selection");
    memcpy(&s, from, from->size < sizeof s ? from->size : sizeof s);
    out->duplicates = s.duplicates;
    /* No order of options decides silently who moves. */
    if (s.only_active && s.with_inactive)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "--with-inactive",
                            "and --only-active are opposites: say one of them");
    out->with_inactive = s.with_inactive;
    out->retry_held = s.retry_held;
    out->with_factors = s.with_factors;
    out->limit = s.limit > 0 ? s.limit : UINT64_MAX;
    if (s.since_login != NULL && !a0_read_date(s.since_login, &out->since_login))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "since_login",
                            "is not a date such as 2026-01-31, or 2026-01-31T12:00:00 in UTC");
    return AUTH0DB_OK;
}

/* Who has never logged in was not there since any date. */
static bool is_in_time(const a0_selection *selection, const a0_record *record)
{
    return selection->since_login == A0_NO_TIME ||
           (record->last_login != A0_NO_TIME && record->last_login >= selection->since_login);
}

/* The one place that decides it. At the tenant an inactive user can only be blocked, and whoever is
 * active again here would have to be unblocked there; left here, a login simply moves her then. */
static bool is_left_here(const a0_selection *selection, const a0_record *record)
{
    return !record->active && !selection->with_inactive;
}

bool a0_selects(const a0_selection *selection, const a0_record *record)
{
    return is_in_time(selection, record) && !is_left_here(selection, record);
}

bool a0_leaves_inactive(const a0_selection *selection, const a0_record *record)
{
    return is_in_time(selection, record) && is_left_here(selection, record);
}

int a0_check_reason(const char *reason, const char *option, auth0db_error *err)
{
    for (int i = AUTH0DB_HOLDOUT_NONE + 1; i < AUTH0DB_HOLDOUT_COUNT; i++) {
        if (strcmp(reason, auth0db_holdout_name((auth0db_holdout)i)) == 0)
            return AUTH0DB_OK;
    }
    return a0_error_set(err, AUTH0DB_ERR_OPTION, option, "\"%.32s\" is no reason; %s", reason,
                        "auth0db-holdouts(1) lists them, and `auth0db status` those of this site");
}

/* Hostile bytes as text of one line: what is no UTF-8 becomes U+FFFD, a control character '?'.
 * Names come from people whom nobody knows: raw control characters would rule the operator's
 * terminal, and a line break would make two lines of a report. */
static char *printable(a0_slice s)
{
    static const char unknown[] = "\xef\xbf\xbd";
    const char *text = s.data;
    char *out = a0_alloc_array(s.len + 1, 3);
    uint32_t c;
    size_t n, len = 0;
    for (size_t at = 0; out != NULL && at<s.len; at += n> 0 ? n : 1) {
        n = a0_utf8_next(text + at, s.len - at, &c);
        bool control = n > 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029);
        const char *from = n == 0 ? unknown : control ? "?" : text + at;
        size_t size = n == 0 ? sizeof unknown - 1 : control ? 1 : n;
        memcpy(out + len, from, size);
        len += size;
    }
    return out;
}

static void report(auth0db_held_fn held, void *ctx, const a0_record *record, auth0db_held *told)
{
    char last_login[A0_TIME_SIZE], joined[A0_TIME_SIZE];
    a0_time_format(record->last_login, last_login);
    a0_time_format(record->joined, joined);
    told->last_login = last_login;
    told->joined = joined;
    told->active = record->active;
    told->staff = record->staff;
    told->superuser = record->superuser;
    held(ctx, told);
}

bool a0_report_held(auth0db_held_fn held, void *ctx, const a0_record *record, const char *reason,
                    const char *detail)
{
    const a0_slice fields[] = {record->key, record->username, record->email};
    char *told[A0_COUNT(fields)] = {0};
    bool ok = true;
    if (held == NULL)
        return true;
    for (size_t i = 0; i < A0_COUNT(fields) && ok; i++)
        ok = (told[i] = printable(fields[i])) != NULL;
    if (ok)
        report(held, ctx, record,
               &(auth0db_held){
                   .key = told[0],
                   .username = told[1],
                   .email = told[2],
                   .reason = reason,
                   .detail = detail,
               });
    for (size_t i = 0; i < A0_COUNT(fields); i++)
        a0_free(told[i]);
    return ok;
}
