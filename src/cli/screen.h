/* What a run tells, on the screen: a progress bar on a terminal, plain lines in a log, or the
 * events themselves for programs. The answer goes to standard output, all else to standard error.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

typedef enum screen_mode {
    SCREEN_PEOPLE,
    SCREEN_EVENTS, /* --json of long work: every event is a line of standard output */
    SCREEN_REPORT  /* --json of a question: the report alone */
} screen_mode;

typedef struct screen {
    screen_mode mode;
    bool bar; /* standard error is a terminal that can redraw a line */
    bool drawn;
    char phase[32];
    struct timespec began, last;
    double began_at; /* users done when the phase began: the rate is this run's own */
    json_t *report;  /* the last report; owned */
    char noted[512]; /* a line of the log that is not shown yet */
} screen;

void screen_open(screen *s, screen_mode mode);
/** An event, as auth0db_bulk_options.event hands it over; ctx is the screen. */
void screen_event(void *ctx, const char *json);
/** A line of JSON to standard output. Characters that cannot be seen are escaped, which to
 * a program is the same. */
void screen_print_json(const char *json);
/** A line of the library's log, which is shown with whatever comes next. */
void screen_note(screen *s, const char *line);
/** Forget a line that says no more than this error, which is about to be printed. */
void screen_drop_note(screen *s, const char *error);
/** Take the bar away: something else is about to be printed. */
void screen_clear(screen *s);
void screen_close(screen *s);

/** "1,234,567"; in one of a few buffers that are used in turn. */
const char *screen_count(double n);
/** "1 user", "1,234 users"; likewise. */
const char *screen_number(double n, const char *what);
/** "45 s", "12 min", "3 h 20 min", "2 days"; likewise. */
const char *screen_time(double seconds);

#endif
