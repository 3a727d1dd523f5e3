/* What is only to be seen of the whole file, before a user of it moves: that nobody stands there
 * twice, that it holds users, and of which model. Ids are made of keys: of two lines with one key
 * one password would replace the other at the tenant. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/ndjson_int.h"

enum { SUSPECTS_MAX = 64 };

/* Eight bytes a user find who may be there twice; a second look at those alone finds who is. */
typedef struct fingerprints {
    uint64_t *of;
    size_t n, room;
} fingerprints;

typedef struct survey_state {
    a0_nd_survey *out;
    const a0_nd_input *input;
    const a0_site_map *map;
    fingerprints prints;
    uint64_t pieces; /* not blank, of whatever model */
    unsigned open;   /* arrays without an end */
    struct {
        uint64_t print, number;
        char key[A0_NAME_SIZE]; /* "" before its first user */
    } suspects[SUSPECTS_MAX];
    size_t n_suspects;
} survey_state;

/* FNV-1a. Whoever aims at another's fingerprint wins a second look at his line. */
static uint64_t fingerprint(const char *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *c = (const unsigned char *)key; *c != '\0'; c++)
        hash = (hash ^ *c) * UINT64_C(0x100000001b3);
    return hash;
}

static bool add(fingerprints *prints, uint64_t print)
{
    if (prints->n == prints->room) {
        size_t room = prints->room > 0 ? 2 * prints->room : 1024;
        uint64_t *more = a0_alloc_array(room, sizeof *more);
        if (more == NULL)
            return false;
        if (prints->n > 0)
            memcpy(more, prints->of, prints->n * sizeof *more);
        a0_free(prints->of);
        prints->of = more;
        prints->room = room;
    }
    prints->of[prints->n++] = print;
    return true;
}

static int in_order(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Each fingerprint once, whatever number of users has it: the second look compares the keys. */
static void find_suspects(survey_state *survey)
{
    fingerprints *prints = &survey->prints;
    if (prints->n > 0)
        qsort(prints->of, prints->n, sizeof *prints->of, in_order);
    for (size_t i = 1; i < prints->n && survey->n_suspects < SUSPECTS_MAX; i++) {
        bool twice = prints->of[i] == prints->of[i - 1];
        if (twice && (i == 1 || prints->of[i - 1] != prints->of[i - 2]))
            survey->suspects[survey->n_suspects++].print = prints->of[i];
    }
}

/* --- looks ----------------------------------------------------------------------------------- */

typedef int (*look_fn)(survey_state *survey, const a0_nd_row *row, uint64_t number,
                       auth0db_error *err);

static int each_row(survey_state *survey, look_fn look, auth0db_error *err)
{
    a0_nd_reader reader;
    a0_slice piece;
    bool cut;
    int rc = a0_nd_reader_begin(&reader, survey->input, err);
    while (rc == AUTH0DB_OK) {
        rc = a0_nd_next(&reader, &piece, &cut, err);
        if (rc != AUTH0DB_OK || piece.data == NULL)
            break;
        /* A line too long has no key either: nothing of it was kept. */
        if (cut || a0_nd_is_blank(piece))
            continue;
        a0_nd_row row;
        a0_nd_row_parse(&row, piece);
        /* What is no JSON has no key that could be there twice: it is a user held back, later. */
        rc = row.object != NULL ? look(survey, &row, reader.count, err) : AUTH0DB_OK;
        a0_nd_row_clear(&row);
    }
    survey->open = reader.opened;
    a0_nd_reader_end(&reader);
    return rc;
}

static int refused(const survey_state *survey, auth0db_error *err, const char *why)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL", "%s%s", survey->input->name,
                        why);
}

/* Which model is the user model dumpdata does not say. Two that could be are refused: their keys
 * overlap, and so would their ids. */
static int note_model(survey_state *survey, const a0_nd_row *row, auth0db_error *err)
{
    char *model = survey->out->model;
    if (model[0] == '\0' && strlen(row->model) < A0_NAME_SIZE)
        memcpy(model, row->model, strlen(row->model) + 1);
    return strcmp(model, row->model) == 0
               ? AUTH0DB_OK
               : a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                              "%s: rows of both %.60s and %.60s have a password and a name: write "
                              "those of the user model alone (manage.py dumpdata APP.MODEL)",
                              survey->input->name, model, row->model);
}

static int first_look(survey_state *survey, const a0_nd_row *row, uint64_t number,
                      auth0db_error *err)
{
    char key[A0_NAME_SIZE];
    survey->pieces++;
    if (row->model != NULL) {
        /* Groups and permissions have keys as well, which may be those of users. */
        if (!a0_nd_row_is_user(row))
            return AUTH0DB_OK;
        int rc = note_model(survey, row, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    if (!a0_nd_row_key(row, survey->map, "line", number, key))
        return AUTH0DB_OK;
    return add(&survey->prints, fingerprint(key)) ? AUTH0DB_OK : a0_error_no_memory(err);
}

static int twice(const survey_state *survey, uint64_t first, uint64_t second, const char *key,
                 auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                        "%s: %ss %llu and %llu have the same key, %.80s: each user is to be there "
                        "once (of a join: select distinct); nothing was done",
                        survey->input->name, a0_nd_unit(survey->input), (unsigned long long)first,
                        (unsigned long long)second, key);
}

static int second_look(survey_state *survey, const a0_nd_row *row, uint64_t number,
                       auth0db_error *err)
{
    char key[A0_NAME_SIZE];
    if (a0_nd_survey_skips(survey->out, row) ||
        !a0_nd_row_key(row, survey->map, "line", number, key))
        return AUTH0DB_OK;
    uint64_t print = fingerprint(key);
    for (size_t i = 0; i < survey->n_suspects; i++) {
        if (survey->suspects[i].print != print)
            continue;
        /* The first user of a fingerprint is noted. The next one is compared by the key, since two
         * keys may have one fingerprint. */
        if (survey->suspects[i].number == 0) {
            survey->suspects[i].number = number;
            memcpy(survey->suspects[i].key, key, sizeof key);
        } else if (strcmp(survey->suspects[i].key, key) == 0) {
            return twice(survey, survey->suspects[i].number, number, key, err);
        }
    }
    return AUTH0DB_OK;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* The cut-off array first: that explains whatever else is missing. */
static int judge(const survey_state *survey, auth0db_error *err)
{
    if (survey->open > 0)
        return refused(survey, err, ": the array in it has no end: the file was cut off");
    if (survey->pieces > 0 && survey->prints.n == 0)
        return refused(
            survey, err,
            ": no user in it has a key (\"key\", \"id\" or \"pk\"; dumpdata leaves it out "
            "with --natural-primary): ids are made of it");
    return AUTH0DB_OK;
}

int a0_nd_survey_make(a0_nd_survey *out, const a0_nd_input *input, const a0_site_map *map,
                      auth0db_error *err)
{
    survey_state *survey = a0_alloc(sizeof *survey);
    if (survey == NULL)
        return a0_error_no_memory(err);
    survey->out = out;
    survey->input = input;
    survey->map = map;
    int rc = each_row(survey, first_look, err);
    if (rc == AUTH0DB_OK)
        rc = judge(survey, err);
    if (rc == AUTH0DB_OK)
        find_suspects(survey);
    /* The file is read a second time only where somebody may be there twice. */
    if (rc == AUTH0DB_OK && survey->n_suspects > 0)
        rc = each_row(survey, second_look, err);
    a0_free(survey->prints.of);
    a0_free(survey);
    return rc;
}

bool a0_nd_survey_skips(const a0_nd_survey *survey, const a0_nd_row *row)
{
    return row->model != NULL && strcmp(row->model, survey->model) != 0;
}
