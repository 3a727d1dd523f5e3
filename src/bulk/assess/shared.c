/* Who shares an e-mail, or a user name but for its case, found in two looks: fingerprints of
 * everybody, then the groups of equal ones. A site of any size has to fit into memory, so nothing
 * else of a user is kept. What one row says by itself is decided in assess.c. */
#include "bulk/assess/shared.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    PARTS = 4096,    /* by the fingerprint's first 12 bits */
    FP_BYTES = 6,    /* the other 48 are stored */
    PER_CHUNK = 42,  /* so that a chunk is 256 bytes */
    PER_BLOCK = 2048 /* chunks allocated together: half a mebibyte */
};
#define PRIME ((UINT64_C(1) << 61) - 1)

/* --- fingerprints ---------------------------------------------------------------------------- */

/* a * b modulo PRIME, but for a multiple of it: below 2^61 + 8, for a below 2^62 and b below 2^61.
 */
static uint64_t mul_mod(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    uint64_t sum = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);
    return (sum & PRIME) + (sum >> 61);
}

/* ASCII letters to lower case, eight bytes at a time: the high bit of each byte says whether it is
 * from A to Z. */
static uint64_t fold(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = bytes & (0x7f * ones);
    uint64_t from_a = low + (0x80 - 'A') * ones, past_z = low + (0x7f - 'Z') * ones;
    uint64_t upper = ~bytes & (from_a ^ past_z) & (0x80 * ones);
    return bytes | upper >> 2;
}

enum { CHUNK = 7 }; /* bytes: below 2^56 */

/* Little endian; a load of eight bytes where there are as many, since each user comes here. Seven
 * bytes, so that each coefficient is below the prime and no two texts have the same ones. */
static uint64_t load(const char *text, size_t left)
{
    uint64_t chunk = 0;
    if (left >= sizeof chunk)
        memcpy(&chunk, text, sizeof chunk);
    else
        memcpy(&chunk, text, left < CHUNK ? left : CHUNK);
    return le64toh(chunk) & UINT64_C(0x00ffffffffffffff);
}

/* The text's chunks and its length are the coefficients of a polynomial, `key` is where it is
 * evaluated. 60 bits. */
static uint64_t fingerprint(uint64_t key, a0_slice s, bool ignoring_case)
{
    const char *text = s.data;
    uint64_t h = 1;
    for (size_t at = 0; at < s.len; at += CHUNK) {
        uint64_t chunk = load(text + at, s.len - at);
        h = mul_mod(h + (ignoring_case ? fold(chunk) : chunk), key);
    }
    /* The length comes last: without it a text and the same text with NUL bytes behind it could be
     * equal. */
    h = mul_mod(h + s.len, key);
    return (h >= PRIME ? h - PRIME : h) >> 1;
}

static unsigned part_of(uint64_t fp)
{
    return (unsigned)(fp >> 48);
}

/* --- the first look: many fingerprints in little memory -------------------------------------- */

typedef struct chunk {
    uint32_t next; /* number of another chunk, plus one; 0: none */
    uint8_t fps[PER_CHUNK * FP_BYTES];
} chunk;

typedef struct pile { /* of fingerprints */
    chunk **blocks;
    size_t n_blocks, blocks_cap;
    uint32_t n_chunks;
    struct {
        uint32_t chunk; /* the one that is being filled, plus one */
        uint8_t filled;
    } parts[PARTS];
} pile;

static chunk *chunk_at(const pile *p, uint32_t number)
{
    return &p->blocks[(number - 1) / PER_BLOCK][(number - 1) % PER_BLOCK];
}

static bool add_block(pile *p)
{
    if (p->n_blocks == p->blocks_cap) {
        size_t cap = p->blocks_cap > 0 ? 2 * p->blocks_cap : 64;
        chunk **blocks = a0_alloc_array(cap, sizeof *blocks);
        if (blocks == NULL)
            return false;
        if (p->n_blocks > 0)
            memcpy(blocks, p->blocks, p->n_blocks * sizeof *blocks);
        a0_free(p->blocks);
        p->blocks = blocks;
        p->blocks_cap = cap;
    }
    p->blocks[p->n_blocks] = a0_alloc_array(PER_BLOCK, sizeof(chunk));
    return p->blocks[p->n_blocks] != NULL && ++p->n_blocks > 0;
}

/* Each part has chunks of its own, so that it can be counted later without looking at the others,
 * in a small table. */
static bool pile_add(pile *p, uint64_t fp)
{
    const unsigned part = part_of(fp);
    if (p->parts[part].chunk == 0 || p->parts[part].filled == PER_CHUNK) {
        if (p->n_chunks == p->n_blocks * PER_BLOCK && !add_block(p))
            return false;
        chunk_at(p, ++p->n_chunks)->next = p->parts[part].chunk;
        p->parts[part].chunk = p->n_chunks;
        p->parts[part].filled = 0;
    }
    fp = htole64(fp);
    memcpy(chunk_at(p, p->parts[part].chunk)->fps + FP_BYTES * p->parts[part].filled++, &fp,
           FP_BYTES);
    return true;
}

static void pile_clear(pile *p)
{
    for (size_t i = 0; i < p->n_blocks; i++)
        a0_free(p->blocks[i]);
    a0_free(p->blocks);
    *p = (pile){0};
}

/* --- the groups ------------------------------------------------------------------------------ */

typedef struct group {
    uint64_t fp;
    uint64_t best;   /* rank of the winner so far, 0: nobody was looked at */
    uint64_t winner; /* fingerprint of its key */
    uint32_t users;
    bool could_move; /* the winner, by itself */
    bool kept;       /* the winner was chosen by a person */
} group;

typedef struct groups {
    group *all; /* ascending by fp */
    size_t n;
    uint64_t users;
    uint32_t starts[PARTS + 1]; /* where each part's begin */
} groups;

/* How often each fingerprint of one part occurs: open addressing, a power of two. */
typedef struct tally {
    struct slot {
        uint64_t fp; /* of 48 bits, plus one; 0: free */
        uint32_t times;
    } * slots;
    size_t cap, used, shared;
} tally;

static struct slot *find_slot(const tally *t, uint64_t fp)
{
    size_t i = fp & (t->cap - 1);
    /* It ends, because half of the slots are always free. */
    while (t->slots[i].fp != 0 && t->slots[i].fp != fp)
        i = (i + 1) & (t->cap - 1);
    return &t->slots[i];
}

static bool grow_tally(tally *t)
{
    tally bigger = {.cap = t->cap > 0 ? 2 * t->cap : 1024, .used = t->used, .shared = t->shared};
    bigger.slots = a0_alloc_array(bigger.cap, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slots[i].fp != 0)
            *find_slot(&bigger, t->slots[i].fp) = t->slots[i];
    }
    a0_free(t->slots);
    *t = bigger;
    return true;
}

static bool tally_part(tally *t, const pile *p, unsigned part)
{
    unsigned filled = p->parts[part].filled;
    if (t->cap > 0)
        /* One table for all parts: it grows to the largest and is cleared between two. */
        memset(t->slots, 0, t->cap * sizeof *t->slots);
    t->used = t->shared = 0;
    for (uint32_t number = p->parts[part].chunk; number != 0; filled = PER_CHUNK) {
        const chunk *c = chunk_at(p, number);
        for (unsigned i = 0; i < filled; i++) {
            uint64_t fp = 0;
            memcpy(&fp, c->fps + FP_BYTES * i, FP_BYTES);
            if (2 * t->used >= t->cap && !grow_tally(t))
                return false;
            struct slot *slot = find_slot(t, le64toh(fp) + 1);
            t->used += slot->fp == 0;
            slot->fp = le64toh(fp) + 1;
            t->shared += slot->times == 1;
            /* It stops at the top: a count that starts over would let a crowd pass as nobody. */
            slot->times += slot->times < UINT32_MAX;
        }
        number = c->next;
    }
    return true;
}

static int by_fp(const void *a, const void *b)
{
    const group *x = a, *y = b;
    return (x->fp > y->fp) - (x->fp < y->fp);
}

/* In order of the fingerprint within the part, for find_group searches by halves. */
static void take_groups(groups *g, const tally *t, unsigned part)
{
    const size_t first = g->n;
    for (size_t i = 0; i < t->cap && t->shared > 0; i++) {
        if (t->slots[i].times < 2)
            continue;
        g->all[g->n++] =
            (group){.fp = (uint64_t)part << 48 | (t->slots[i].fp - 1), .users = t->slots[i].times};
        g->users += t->slots[i].times;
    }
    qsort(g->all + first, g->n - first, sizeof *g->all, by_fp);
}

/* Twice through the pile, so that the groups are allocated once and to measure: where everybody
 * shares with somebody they are many. */
static bool find_groups(groups *g, const pile *p)
{
    tally t = {0};
    size_t n = 0;
    bool ok = true;
    for (unsigned part = 0; part < PARTS && ok; part++) {
        ok = tally_part(&t, p, part);
        n += t.shared;
    }
    if (ok && n > 0)
        ok = n < UINT32_MAX && (g->all = a0_alloc_array(n, sizeof *g->all)) != NULL;
    for (unsigned part = 0; part < PARTS && ok && n > 0; part++) {
        g->starts[part] = (uint32_t)g->n;
        ok = tally_part(&t, p, part);
        if (ok)
            take_groups(g, &t, part);
    }
    g->starts[PARTS] = (uint32_t)g->n;
    a0_free(t.slots);
    return ok;
}

static group *find_group(const groups *g, uint64_t fp)
{
    const unsigned part = part_of(fp);
    const group wanted = {.fp = fp};
    const size_t first = g->starts[part], n = g->starts[part + 1] - first;
    return n > 0 ? bsearch(&wanted, g->all + first, n, sizeof *g->all, by_fp) : NULL;
}

/* --- both together --------------------------------------------------------------------------- */

struct a0_shared {
    uint64_t keys[3]; /* of e-mails, user names, primary keys */
    bool names;       /* user names count */
    auth0db_duplicates duplicates;
    pile pile_emails, pile_names;
    groups emails, usernames;
};

int a0_shared_new(a0_shared **out, const a0_env *env, const a0_assess_rules *rules,
                  auth0db_duplicates duplicates, auth0db_error *err)
{
    *out = NULL;
    a0_shared *shared = a0_alloc(sizeof *shared);
    if (shared == NULL)
        return a0_error_no_memory(err);
    /* Random keys for each run: whoever chooses an e-mail cannot aim at another user's fingerprint,
     * and hold that user back. */
    int rc = a0_random(env, shared->keys, sizeof shared->keys);
    if (rc != AUTH0DB_OK) {
        a0_shared_free(shared);
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "", "no random bytes");
    }
    for (size_t i = 0; i < A0_COUNT(shared->keys); i++)
        /* Under key 0 all texts would be equal, under 1 all with the same sum of chunks. */
        shared->keys[i] = 2 + shared->keys[i] % (PRIME - 2);
    shared->names = rules->require_username;
    shared->duplicates = duplicates;
    *out = shared;
    return AUTH0DB_OK;
}

void a0_shared_free(a0_shared *shared)
{
    if (shared == NULL)
        return;
    pile_clear(&shared->pile_emails);
    pile_clear(&shared->pile_names);
    a0_free(shared->emails.all);
    a0_free(shared->usernames.all);
    a0_free(shared);
}

static uint64_t email_fp(const a0_shared *shared, const a0_record *record)
{
    return fingerprint(shared->keys[0], record->email, true);
}

static uint64_t name_fp(const a0_shared *shared, const a0_record *record)
{
    return fingerprint(shared->keys[1], record->username, true);
}

/* An empty e-mail or name is shared by many and collides with nobody: such users have a reason of
 * their own. */
bool a0_shared_add(a0_shared *shared, const a0_record *record)
{
    if (record->email.len > 0 && !pile_add(&shared->pile_emails, email_fp(shared, record)))
        return false;
    return !shared->names || record->username.len == 0 ||
           pile_add(&shared->pile_names, name_fp(shared, record));
}

bool a0_shared_close(a0_shared *shared)
{
    bool ok = find_groups(&shared->emails, &shared->pile_emails) &&
              find_groups(&shared->usernames, &shared->pile_names);
    /* Only the groups are asked from now on; the piles are the larger part of the memory. */
    pile_clear(&shared->pile_emails);
    pile_clear(&shared->pile_names);
    return ok;
}

bool a0_shared_wants_ranks(const a0_shared *shared)
{
    return shared->duplicates == AUTH0DB_DUPLICATES_MOST_RECENT && shared->emails.n > 0;
}

/* Who is linked or claimed comes first, or a second user would be sent with an e-mail that is
 * taken. An inactive user comes after all active ones, however late the last login was. */
static uint64_t rank_of(const a0_record *record)
{
    const uint64_t linked = UINT64_C(1) << 63, active = UINT64_C(1) << 62;
    const int64_t year_0 = INT64_C(1) << 60; /* dates before 1970 are negative */
    uint64_t rank = 1;
    if (record->last_login > -year_0 && record->last_login < year_0)
        rank += (uint64_t)(record->last_login + year_0);
    if (record->active)
        rank |= active;
    return record->linked || record->claimed ? rank | linked : rank;
}

static group *group_of(const a0_shared *shared, const a0_record *record)
{
    return shared->emails.n > 0 && record->email.len > 0
               ? find_group(&shared->emails, email_fp(shared, record))
               : NULL;
}

static uint64_t key_fp(const a0_shared *shared, const a0_record *record)
{
    return fingerprint(shared->keys[2], record->key, false);
}

/* An equal rank changes nothing, so the first in key order wins, in the plan and in the import
 * alike. */
static void rank(const a0_shared *shared, group *g, const a0_record *record)
{
    if (rank_of(record) <= g->best)
        return;
    g->best = rank_of(record);
    g->winner = key_fp(shared, record);
}

void a0_shared_rank(a0_shared *shared, const a0_record *record)
{
    group *g = group_of(shared, record);
    if (g != NULL)
        rank(shared, g, record);
}

void a0_shared_keep(a0_shared *shared, a0_slice key, a0_slice email)
{
    const a0_record kept = {.key = key, .email = email};
    group *g = group_of(shared, &kept);
    if (g == NULL)
        return;
    g->kept = true;
    g->best = UINT64_MAX; /* nobody outranks it */
    g->winner = key_fp(shared, &kept);
}

/* As assess.c would have ordered it, had it known the other rows: an earlier reason stands, a later
 * one gives way. */
static void hold(a0_assessment *assessment, auth0db_holdout reason, const char *detail)
{
    if (assessment->reason != AUTH0DB_HOLDOUT_NONE && assessment->reason <= reason)
        return;
    assessment->disposition = A0_HOLDOUT;
    assessment->reason = reason;
    assessment->detail = detail;
}

static void hold_for_email(const a0_shared *shared, const group *g, const a0_record *record,
                           a0_assessment *assessment)
{
    if (g == NULL)
        return;
    const bool wins = g->winner == key_fp(shared, record);
    if (g->kept && !wins)
        hold(assessment, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL, A0_DETAIL_OTHER_KEPT);
    else if (!g->kept && shared->duplicates == AUTH0DB_DUPLICATES_SKIP)
        hold(assessment, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL, "shared");
    else if (!wins)
        hold(assessment, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL, "another-is-recent");
}

static void hold_for_name(const a0_shared *shared, const a0_record *record,
                          a0_assessment *assessment)
{
    if (shared->usernames.n > 0 && record->username.len > 0 &&
        find_group(&shared->usernames, name_fp(shared, record)) != NULL)
        hold(assessment, AUTH0DB_HOLDOUT_BAD_USERNAME, "case");
}

void a0_shared_apply(const a0_shared *shared, const a0_record *record, a0_assessment *assessment)
{
    hold_for_email(shared, group_of(shared, record), record, assessment);
    hold_for_name(shared, record, assessment);
}

void a0_shared_count_in(a0_shared *shared, const a0_record *record, a0_assessment *assessment)
{
    group *g = group_of(shared, record);
    if (g != NULL) {
        /* The plan says how many --duplicates most-recent would move, also where nobody has asked
         * for that yet. */
        if (shared->duplicates == AUTH0DB_DUPLICATES_SKIP) /* nobody has ranked them */
            rank(shared, g, record);
        if (g->winner == key_fp(shared, record))
            g->could_move = assessment != NULL && assessment->disposition == A0_MOVES;
    }
    if (assessment == NULL)
        return;
    hold_for_email(shared, g, record, assessment);
    hold_for_name(shared, record, assessment);
}

a0_shared_counts a0_shared_count(const a0_shared *shared)
{
    a0_shared_counts counts = {.groups = shared->emails.n,
                               .users = shared->emails.users,
                               .name_groups = shared->usernames.n,
                               .name_users = shared->usernames.users};
    for (size_t i = 0; i < shared->emails.n; i++)
        counts.would_move += shared->emails.all[i].could_move;
    return counts;
}
