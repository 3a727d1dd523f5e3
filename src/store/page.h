/* A scan in pages, by the key of the last user: what the database servers share. Each page is one
 * statement whose result is held here. */
#ifndef A0_STORE_PAGE_H
#define A0_STORE_PAGE_H

#include "store/store_int.h"

typedef struct a0_page_scan a0_page_scan;

typedef struct a0_page_reader {
    /** Run the statement and hold its result, instead of the one held. */
    int (*load)(a0_page_scan *scan, const a0_sql *sql, auth0db_error *err);
    int (*next)(a0_page_scan *scan, bool *more, auth0db_error *err);
    /** As a0_engine.column; a boolean is "1", "t" or "true", or something else. */
    a0_slice (*column)(const a0_page_scan *scan, int i);
    void (*drop)(a0_page_scan *scan); /* the result held, if any */
} a0_page_reader;

/* Engines begin their own struct with it. */
struct a0_page_scan {
    a0_scan base;
    const a0_page_reader *reader;
    a0_scan_options options;
    a0_buf last_key;
    uint64_t left, of_page; /* users still wanted; still to come on this page */
    bool ours;
};

/** Takes the scan over: freed with a0_free where it fails. */
A0_MUST_CHECK int a0_page_scan_begin(a0_page_scan *scan, const a0_page_reader *reader,
                                     a0_store *store, const a0_scan_options *options, a0_scan **out,
                                     auth0db_error *err);
int a0_page_scan_next(a0_scan *scan, const a0_record **row, auth0db_error *err);
void a0_page_scan_end(a0_scan *scan);

#endif
