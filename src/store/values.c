/* Keys and times between the database's words and ours. What is not written as Django or a
 * database writes it is not understood: a key that is guessed makes another id at the tenant, and
 * a date that is guessed moves the wrong people. */
#include "store/values.h"

#include <stdio.h>
#include <string.h>

#include "model/record.h"

#define MICROS INT64_C(1000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* n digits; -1 where there are none. */
static int number(const char *text, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, which Python and the databases use. */
static int64_t days_from(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400; /* year 1 is the least, so y >= 0 */
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool parse_day(const char *text, int64_t *days)
{
    int year = number(text, 4), month = number(text + 5, 2), day = number(text + 8, 2);
    if (text[4] != '-' || text[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month))
        return false;
    *days = days_from(year, month, day);
    return true;
}

/* "+01", "+01:00", "+0100", "Z" or nothing, as seconds: PostgreSQL, Django and tools write the
 * same zone in all these ways. */
static bool parse_offset(const char *text, size_t len, int *seconds)
{
    *seconds = 0;
    if (len == 0 || (len == 1 && (text[0] == 'Z' || text[0] == 'z')))
        return true;
    bool colon = len == 6 && text[3] == ':';
    if ((text[0] != '+' && text[0] != '-') || (len != 3 && len != 5 && !colon))
        return false;
    int hours = number(text + 1, 2), minutes = len == 3 ? 0 : number(text + (colon ? 4 : 3), 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *seconds = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return true;
}

int64_t a0_time_parse(const void *data, size_t len)
{
    const char *text = data;
    int64_t days, micros = 0;
    int offset;
    /* The length first: the text has no NUL, and all up to the seconds is read by its place. */
    if (len < 19 || len >= A0_TIME_SIZE || !parse_day(text, &days) ||
        (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':')
        return A0_NO_TIME;
    int hour = number(text + 11, 2), minute = number(text + 14, 2), second = number(text + 17, 2);
    /* A leap second is no time to Python either. */
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return A0_NO_TIME;
    size_t at = 19;
    if (at + 1 < len && text[at] == '.' && is_digit(text[at + 1])) {
        at++;
        /* Python has microseconds: behind the sixth digit the unit is 0. */
        for (int64_t unit = MICROS / 10; at < len && is_digit(text[at]); at++, unit /= 10)
            micros += (text[at] - '0') * unit;
    }
    if (!parse_offset(text + at, len - at, &offset))
        return A0_NO_TIME;
    return (days * 86400 + hour * 3600 + minute * 60 + second - offset) * MICROS + micros;
}

void a0_time_format(int64_t time, char out[A0_TIME_SIZE])
{
    /* The years of Python's datetime: any other one Django could not read back. */
    const int64_t first = days_from(1, 1, 1) * 86400 * MICROS;
    const int64_t end = days_from(10000, 1, 1) * 86400 * MICROS;
    out[0] = '\0';
    if (time < first || time >= end)
        return;
    int64_t micros = (time % MICROS + MICROS) % MICROS, seconds = (time - micros) / MICROS;
    int64_t of_day = (seconds % 86400 + 86400) % 86400, days = (seconds - of_day) / 86400;
    int year = 1970 + (int)(days >= 0 ? days / 366 : days / 365 - 1), month = 1;
    if (year < 1)
        year = 1; /* from a year that is not too late, step by step */
    while (days_from(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_from(year, month + 1, 1) <= days)
        month++;
    int day = (int)(days - days_from(year, month, 1)) + 1;
    int n = snprintf(out, A0_TIME_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", year, month, day,
                     (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (micros != 0 && n > 0)
        snprintf(out + n, A0_TIME_SIZE - (size_t)n, ".%06d", (int)micros);
}

static bool all_lower_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
    }
    return true;
}

static const unsigned char uuid_parts[] = {8, 4, 4, 4, 12};

a0_slice a0_uuid_from_hex(a0_slice text, char buf[A0_UUID_LEN + 1])
{
    const char *from = text.data;
    char *to = buf;
    /* Small letters only: capitals would not come back as they were, and the user would not be
     * found again. */
    if (text.len != 32 || !all_lower_hex(from, 32))
        return text;
    for (size_t i = 0; i < sizeof uuid_parts; from += uuid_parts[i], i++) {
        if (i > 0)
            *to++ = '-';
        memcpy(to, from, uuid_parts[i]);
        to += uuid_parts[i];
    }
    *to = '\0';
    return (a0_slice){buf, A0_UUID_LEN};
}

a0_slice a0_uuid_to_hex(a0_slice text, char buf[A0_UUID_LEN + 1])
{
    const char *from = text.data;
    char *to = buf;
    if (text.len != A0_UUID_LEN)
        return text;
    for (size_t i = 0; i < sizeof uuid_parts; from += uuid_parts[i], i++) {
        if (i > 0 && *from++ != '-')
            return text;
        if (!all_lower_hex(from, uuid_parts[i]))
            return text;
        memcpy(to, from, uuid_parts[i]);
        to += uuid_parts[i];
    }
    *to = '\0';
    return (a0_slice){buf, 32};
}

/* One number, one text: with leading zeros or a '+' two texts would be one key, and ids are made
 * of the text. */
bool a0_integer_parse(a0_slice text, int64_t *out)
{
    const char *digits = text.data;
    size_t len = text.len;
    bool negative = len > 1 && digits[0] == '-';
    uint64_t value = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    if (negative) {
        digits++;
        len--;
    }
    if (len == 0 || len > 19 || (digits[0] == '0' && (len > 1 || negative)))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(digits[i]))
            return false;
        value = value * 10 + (uint64_t)(digits[i] - '0'); /* 19 digits fit in 64 bits */
    }
    if (value > limit)
        return false;
    /* The least number has no positive counterpart: so it is one short of it first. */
    *out = negative ? -(int64_t)(value - 1) - 1 : (int64_t)value;
    return true;
}
