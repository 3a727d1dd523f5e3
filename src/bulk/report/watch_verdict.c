/* When do failed logins say that a kind of hash does not work at the tenant? People mistype, so a
 * share of failures proves nothing by itself: it is compared with that of the others, and with
 * chance. Pure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "bulk/report/watch.h"

enum {
    ID_BYTES = 12,   /* of auth0db_expected_id: 24 hex digits */
    LEAST_TRIED = 7, /* below this, all of them failing may be chance */
};

/* One in three is more than honest people mistype. A hasher is judged against it where there is no
 * other hasher to be compared with. */
static const double typo_rate = 1.0 / 3, chance = 0.001;

typedef struct attempt {
    int64_t time;
    uint32_t order; /* in the log */
    uint8_t id[ID_BYTES];
    uint8_t kind;
} attempt;

a0_watch_kind a0_watch_kind_of(const a0_log_entry *entry)
{
    /* "f" and "fepft" are other refusals: blocked, denied, a second factor */
    if (strcmp(entry->type, "fp") == 0)
        return A0_WATCH_WRONG;
    if (strcmp(entry->type, "s") == 0 || strcmp(entry->type, "sepft") == 0)
        return A0_WATCH_IN;
    return A0_WATCH_NEITHER;
}

/* Only ids of our form: all others are users whom no import has made, and need no memory. */
static bool read_id(const char *auth0_id, uint8_t out[ID_BYTES])
{
    static const char prefix[] = "auth0|";
    return strncmp(auth0_id, prefix, sizeof prefix - 1) == 0 &&
           strlen(auth0_id) == sizeof prefix - 1 + 2 * ID_BYTES &&
           a0_hex_decode(auth0_id + sizeof prefix - 1, 2 * ID_BYTES, out, ID_BYTES) == ID_BYTES;
}

size_t a0_attempts_count(const a0_attempts *attempts)
{
    return attempts->rows.len / sizeof(attempt);
}

int a0_attempts_add(a0_attempts *attempts, const char *auth0_id, int64_t time, a0_watch_kind kind)
{
    attempt row = {.time = time, .kind = (uint8_t)kind};
    if (kind == A0_WATCH_NEITHER || !read_id(auth0_id, row.id))
        return AUTH0DB_OK;
    row.order = (uint32_t)a0_attempts_count(attempts);
    /* The memory is bounded, for the log of a large tenant is not. What is kept is judged, and the
     * report says that it is not complete. */
    if (row.order >= A0_ATTEMPTS_MAX)
        return AUTH0DB_ERR_TOO_LARGE;
    attempts->sorted = false;
    return a0_buf_append(&attempts->rows, &row, sizeof row);
}

void a0_attempts_clear(a0_attempts *attempts)
{
    a0_buf_clear(&attempts->rows);
    attempts->sorted = false;
}

/* Of entries of one time the log's own order decides which was the first. */
static int by_id_and_time(const void *left, const void *right)
{
    const attempt *a = left, *b = right;
    int order = memcmp(a->id, b->id, ID_BYTES);
    if (order != 0)
        return order;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Index of the first attempt of this user. */
static size_t first_of(const attempt *rows, size_t n, const uint8_t id[ID_BYTES])
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(rows[middle].id, id, ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool a0_attempts_of(a0_attempts *attempts, const char *auth0_id, int64_t moved,
                    a0_watch_counts *add_to)
{
    uint8_t id[ID_BYTES];
    attempt *rows = (attempt *)(void *)attempts->rows.data; /* as malloc aligns it */
    size_t n = a0_attempts_count(attempts);
    if (n == 0 || !read_id(auth0_id, id))
        return false;
    if (!attempts->sorted)
        qsort(rows, n, sizeof *rows, by_id_and_time);
    attempts->sorted = true;
    bool tried = false, in = false;
    for (size_t i = first_of(rows, n, id); i < n && memcmp(rows[i].id, id, ID_BYTES) == 0; i++) {
        /* Of before the move, so it says nothing of the imported hash. */
        if (rows[i].time < moved - A0_WATCH_CLOCKS_APART)
            continue;
        if (!tried && rows[i].kind != A0_WATCH_IN)
            add_to->first_failed++;
        tried = true;
        in |= rows[i].kind == A0_WATCH_IN;
    }
    add_to->tried += tried;
    add_to->never_in += tried && !in;
    return tried;
}

const char *a0_watch_verdict_name(a0_watch_verdict verdict)
{
    static const char *const words[] = {
        [A0_WATCH_GOOD] = "good",
        [A0_WATCH_TOO_FEW] = "too_few",
        [A0_WATCH_SUSPICIOUS] = "suspicious",
        [A0_WATCH_FAILING] = "failing",
    };
    return (unsigned)verdict < A0_COUNT(words) ? words[verdict] : "unknown";
}

/* log of "n choose k" */
static double choose(double n, double k)
{
    int sign;
    return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign);
}

/* How likely k or more of n would fail if each did with probability p. */
static double binomial_tail(uint64_t k, uint64_t n, double p)
{
    double sum = 0;
    for (uint64_t i = k; i <= n; i++)
        sum +=
            exp(choose((double)n, (double)i) + (double)i * log(p) + (double)(n - i) * log(1 - p));
    return sum;
}

/* How likely k or more of these n would be among the `failed` of `all`, were it all the same who
 * they are (Fisher's exact test, one side). */
static double draw_tail(uint64_t k, uint64_t n, uint64_t failed, uint64_t all)
{
    double sum = 0, of_all = choose((double)all, (double)n);
    for (uint64_t i = k; i <= n && i <= failed; i++) {
        if (n - i <= all - failed)
            sum += exp(choose((double)failed, (double)i) +
                       choose((double)(all - failed), (double)(n - i)) - of_all);
    }
    return sum;
}

/* Twice the others' rate, ten points above it, and not by chance. Among very many users the
 * smallest difference is no chance, and no matter either. */
static bool worse_than_the_others(const a0_watch_counts *one, const a0_watch_counts *all)
{
    uint64_t others = all->tried - one->tried, failed = all->first_failed - one->first_failed;
    /* Too few others to be compared with: then typos are the measure. */
    if (others < LEAST_TRIED)
        return false;
    double rate = (double)one->first_failed / (double)one->tried;
    double usual = (double)failed / (double)others;
    return rate >= 2 * usual && rate >= usual + 0.1 &&
           draw_tail(one->first_failed, one->tried, all->first_failed, all->tried) < chance;
}

static bool worse_than_typos(const a0_watch_counts *one)
{
    return (double)one->first_failed > typo_rate * (double)one->tried &&
           binomial_tail(one->first_failed, one->tried, typo_rate) < chance;
}

a0_watch_verdict a0_watch_judge(const a0_watch_counts *one, const a0_watch_counts *all)
{
    /* An alarm about three people who mistyped would be the last one that anybody reads. */
    if (one->tried < LEAST_TRIED)
        return A0_WATCH_TOO_FEW;
    if (!worse_than_the_others(one, all) && !worse_than_typos(one))
        return A0_WATCH_GOOD;
    return one->first_failed >= one->tried - one->tried / 10 ? A0_WATCH_FAILING
                                                             : A0_WATCH_SUSPICIOUS;
}
