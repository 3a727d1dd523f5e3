/* Our tables, as the Django migrations make them (python/auth0db/models.py). */
#ifndef A0_STORE_SCHEMA_H
#define A0_STORE_SCHEMA_H

#include <stddef.h>

#include "model/site_map.h"

typedef enum a0_column_kind {
    A0_COLUMN_USER,    /* primary key, refers to the user */
    A0_COLUMN_OF_USER, /* refers to the user */
    A0_COLUMN_KEY,     /* of a user who need not be there any more */
    A0_COLUMN_BATCH,
    A0_COLUMN_SERIAL,
    A0_COLUMN_SMALL_KEY,
    A0_COLUMN_VARCHAR,
    A0_COLUMN_TEXT,
    A0_COLUMN_INTEGER,
    A0_COLUMN_BIG,
    A0_COLUMN_TIME
} a0_column_kind;

typedef struct a0_column {
    const char *name;
    a0_column_kind kind;
    int size; /* VARCHAR */
    enum {
        A0_COLUMN_PLAIN,
        A0_COLUMN_UNIQUE,
        A0_COLUMN_INDEXED,
        A0_COLUMN_ADDRESS, /* an e-mail, found as this database folds it (dialect.folded) */
        A0_COLUMN_NULL
    } more;
    const char *index;  /* its name, the one that Django makes up */
    const char *second; /* the index's other column, NULL: none */
} a0_column;

typedef struct a0_table {
    size_t name; /* offset in a0_site_map */
    const a0_column *columns;
    size_t n;
} a0_table;

enum { A0_TABLES = 8 };
extern const a0_table a0_tables[A0_TABLES]; /* what a table refers to stands before it */
const char *a0_table_name(const a0_site_map *map, const a0_table *table);

#endif
