/* A scan that a thread reads ahead: who fills which block, and when either side waits. What is
 * read, and what is decided of it, is the store's and the caller's. */
#include "bulk/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"

enum {
    BLOCKS = 3,        /* one is filled, one is read, one waits */
    BLOCK_ROWS = 1024, /* fewer cost more in waking each other than they save in the cache */
    OWN_FIELDS = 10,
    TEXT_FIELDS = OWN_FIELDS + A0_LINK_COLUMNS, /* of a record, but for second factors */
    /* the longest record there can be fits */
    BLOCK_BYTES = (TEXT_FIELDS + A0_MFA_ROWS_MAX) * (A0_FIELD_MAX + 1)
};

typedef struct block {
    a0_record rows[BLOCK_ROWS];
    size_t n, used;
    char bytes[BLOCK_BYTES];
} block;

struct a0_ahead {
    a0_scan *scan;
    pthread_t thread;
    bool running;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned long filled, emptied; /* blocks handed over either way */
    bool ended, stop;              /* the reader's last word; the owner's */
    int rc;
    auth0db_error err;

    size_t at; /* the next row of the block that is read */
    bool reading;
    block *blocks[BLOCKS];
};

/* --- the reader ------------------------------------------------------------------------------ */

static a0_slice *texts_of(a0_record *r, a0_slice *texts[TEXT_FIELDS + A0_MFA_ROWS_MAX], size_t *n)
{
    a0_slice *const fields[OWN_FIELDS] = {
        &r->key,         &r->username, &r->email,          &r->password, &r->given_name,
        &r->family_name, &r->holdout,  &r->holdout_digest, &r->lane,     &r->sync_digest};
    *n = 0;
    while (*n < OWN_FIELDS) {
        texts[*n] = fields[*n];
        ++*n;
    }
    for (int i = 0; i < A0_LINK_COLUMNS; i++)
        texts[(*n)++] = &r->link[i];
    for (unsigned i = 0; i < r->n_mfa; i++)
        texts[(*n)++] = &r->mfa[i].value;
    return texts[0];
}

/* False: the block has no room. NULL stays NULL. A record of the scan is only good until the next
 * one is read, so its texts are copied. The unused places for second factors are not: there are
 * many, and most users have none. */
static bool copy_row(block *b, const a0_record *row)
{
    a0_slice *texts[TEXT_FIELDS + A0_MFA_ROWS_MAX];
    a0_record *to = &b->rows[b->n];
    size_t n, size = 0;
    memcpy(to, row, offsetof(a0_record, mfa) + row->n_mfa * sizeof row->mfa[0]);
    memcpy(&to->n_mfa, &row->n_mfa, sizeof *row - offsetof(a0_record, n_mfa));
    texts_of(to, texts, &n);
    for (size_t i = 0; i < n; i++)
        size += texts[i]->len + 1;
    if (size > sizeof b->bytes - b->used)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (texts[i]->data == NULL)
            continue;
        char *copy = b->bytes + b->used;
        if (texts[i]->len > 0)
            memcpy(copy, texts[i]->data, texts[i]->len);
        texts[i]->data = copy;
        b->used += texts[i]->len;
    }
    b->n++;
    return true;
}

/* Hand the filled block over, unless it is empty, and wait for the next. NULL: stop. */
static block *next_empty(a0_ahead *ahead, block *filled)
{
    pthread_mutex_lock(&ahead->lock);
    /* Handed over under the lock, and with it all that was written into the block. */
    if (filled != NULL) {
        ahead->filled++;
        pthread_cond_broadcast(&ahead->changed);
    }
    /* The reader stays at most BLOCKS ahead: a slow reader of the rows must not make the memory
     * grow with the site. `stop` is looked at here too, or the owner would wait for a thread that
     * waits for it. */
    while (!ahead->stop && ahead->filled - ahead->emptied == BLOCKS)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    block *b = ahead->stop ? NULL : ahead->blocks[ahead->filled % BLOCKS];
    pthread_mutex_unlock(&ahead->lock);
    if (b != NULL)
        b->n = b->used = 0;
    return b;
}

static int read_rows(a0_ahead *ahead, auth0db_error *err)
{
    const a0_record *row;
    block *b = next_empty(ahead, NULL);
    int rc = AUTH0DB_OK;
    while (b != NULL && (rc = a0_scan_next(ahead->scan, &row, err)) == AUTH0DB_OK && row != NULL) {
        if (b->n < BLOCK_ROWS && copy_row(b, row))
            continue;
        b = next_empty(ahead, b);
        if (b != NULL && !copy_row(b, row)) /* an empty one has room for any record */
            return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "", "a user past all bounds");
    }
    if (b != NULL && b->n > 0)
        (void)next_empty(ahead, b);
    return rc;
}

/* The result is written under the lock before `ended` is seen: the owner takes it without a lock of
 * its own, after the last block. */
static void *reader(void *arg)
{
    a0_ahead *ahead = arg;
    auth0db_error err = {0};
    int rc = read_rows(ahead, &err);
    pthread_mutex_lock(&ahead->lock);
    ahead->ended = true;
    ahead->rc = rc;
    ahead->err = err;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

/* --- its owner ------------------------------------------------------------------------------- */

/* With all signals blocked: they are for the threads of the program. */
static bool start(a0_ahead *ahead)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead->running = pthread_create(&ahead->thread, NULL, reader, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ahead->running;
}

int a0_ahead_begin(a0_ahead **out, a0_store *store, const a0_scan_options *options,
                   auth0db_error *err)
{
    *out = NULL;
    a0_ahead *ahead = a0_alloc(sizeof *ahead);
    if (ahead == NULL)
        return a0_error_no_memory(err);
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    int rc = AUTH0DB_OK;
    /* All of the memory before the first row: none can be missing in the middle of a site. */
    for (size_t i = 0; i < BLOCKS && rc == AUTH0DB_OK; i++) {
        if ((ahead->blocks[i] = a0_alloc(sizeof(block))) == NULL)
            rc = a0_error_no_memory(err);
    }
    if (rc == AUTH0DB_OK)
        rc = a0_store_scan(store, options, &ahead->scan, err);
    if (rc == AUTH0DB_OK && !start(ahead))
        rc = a0_error_set(err, AUTH0DB_ERR_LOCAL, "", "no thread could be started");
    if (rc == AUTH0DB_OK)
        *out = ahead;
    else
        a0_ahead_end(ahead);
    return rc;
}

/* Give back the block that was read, if one was, and wait for the next. */
static bool next_filled(a0_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    if (ahead->reading) {
        ahead->emptied++;
        pthread_cond_broadcast(&ahead->changed);
    }
    /* Blocks come before the end: what was read before an error is still handed out, in order. */
    while (ahead->filled == ahead->emptied && !ahead->ended)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    ahead->reading = ahead->filled != ahead->emptied;
    ahead->at = 0;
    pthread_mutex_unlock(&ahead->lock);
    return ahead->reading;
}

int a0_ahead_next(a0_ahead *ahead, const a0_record **row, auth0db_error *err)
{
    *row = NULL;
    block *b = ahead->blocks[ahead->emptied % BLOCKS]; /* only this thread counts it up */
    if (!ahead->reading || ahead->at == b->n) {
        if (!next_filled(ahead)) {
            if (ahead->rc != AUTH0DB_OK && err != NULL)
                *err = ahead->err;
            return ahead->rc;
        }
        b = ahead->blocks[ahead->emptied % BLOCKS];
    }
    *row = &b->rows[ahead->at++];
    return AUTH0DB_OK;
}

void a0_ahead_end(a0_ahead *ahead)
{
    if (ahead == NULL)
        return;
    if (ahead->running) {
        pthread_mutex_lock(&ahead->lock);
        ahead->stop = true;
        pthread_cond_broadcast(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
        pthread_join(ahead->thread, NULL);
    }
    /* Only after the thread has ended, for it reads from the scan. */
    a0_scan_end(ahead->scan);
    for (size_t i = 0; i < BLOCKS; i++) {
        /* The rows hold password hashes and secrets of second factors. */
        if (ahead->blocks[i] != NULL)
            a0_wipe(ahead->blocks[i], sizeof *ahead->blocks[i]);
        a0_free(ahead->blocks[i]);
    }
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    a0_free(ahead);
}
