/* How a run is told on this terminal or in this log. What is told comes from the library as events.
 * The answer goes to standard output, so that it can be piped, and all else to standard error. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { BAR_WIDTH = 24, BUFFERS = 8, BUFFER_SIZE = 48, PLAIN_LINE_EVERY_S = 10 };

/* In turn, since one line prints several numbers. */
static char *a_buffer(void)
{
    static char buffers[BUFFERS][BUFFER_SIZE];
    static unsigned next;
    return buffers[next++ % BUFFERS];
}

/* The number comes from a report and so from JSON; one that makes no sense is shown as zero. */
const char *screen_count(double n)
{
    char digits[24];
    char *out = a_buffer();
    int len = snprintf(digits, sizeof digits, "%.0f", n < 0 || n > 1e12 ? 0.0 : n);
    int at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *screen_number(double n, const char *what)
{
    char *out = a_buffer();
    snprintf(out, BUFFER_SIZE, "%s %s%s", screen_count(n), what, n == 1 ? "" : "s");
    return out;
}

const char *screen_time(double seconds)
{
    char *out = a_buffer();
    unsigned long s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (unsigned long)(seconds + 0.5);
    if (s < 90)
        snprintf(out, BUFFER_SIZE, "%lu s", s);
    else if (s < 90 * 60)
        snprintf(out, BUFFER_SIZE, "%lu min", (s + 30) / 60);
    else if (s < 48 * 3600)
        snprintf(out, BUFFER_SIZE, "%lu h %lu min", s / 3600, s % 3600 / 60);
    else
        snprintf(out, BUFFER_SIZE, "%lu days", (s + 43200) / 86400);
    return out;
}

static double since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void screen_open(screen *s, screen_mode mode)
{
    const char *term = getenv("TERM");
    *s = (screen){.mode = mode};
    /* A dumb terminal, or a file, cannot draw over a line: there every step would stay. */
    s->bar =
        mode == SCREEN_PEOPLE && isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

void screen_clear(screen *s)
{
    if (s->drawn)
        fputs("\r\033[K", stderr);
    s->drawn = false;
    /* The log's line first: it came before this event. */
    if (s->noted[0] != '\0')
        fprintf(stderr, "auth0db: %s\n", s->noted);
    s->noted[0] = '\0';
}

/* Kept back until something else is shown: the next thing may be the error that says the same. */
void screen_note(screen *s, const char *line)
{
    screen_clear(s);
    snprintf(s->noted, sizeof s->noted, "%s", cli_shown(line));
}

/* The log and the error often say one thing; people need it once. */
void screen_drop_note(screen *s, const char *error)
{
    if (error[0] != '\0' && strstr(s->noted, cli_shown(error)) != NULL)
        s->noted[0] = '\0';
}

void screen_close(screen *s)
{
    screen_clear(s);
    json_decref(s->report);
    *s = (screen){0};
}

static const char *member(const json_t *event, const char *name)
{
    const char *value = json_string_value(json_object_get(event, name));
    return value != NULL ? value : "";
}

static double number(const json_t *event, const char *name)
{
    return json_number_value(json_object_get(event, name));
}

/* "import  [#######.......]  43 %  430,000 of 1,000,000  2,150/s  4 min left" */
static void draw(screen *s, double done, double total, const json_t *left)
{
    char bar[BAR_WIDTH + 1];
    double part = total > 0 && done <= total ? done / total : 1;
    int filled = (int)(part * BAR_WIDTH);
    double elapsed = since(&s->began);
    /* The first half second says nothing about the rest. */
    double rate = elapsed > 0.5 ? (done - s->began_at) / elapsed : 0;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    screen_clear(s);
    if (total > 0)
        fprintf(stderr, "%-8s [%s] %3d %%  %s of %s", s->phase, bar, (int)(part * 100),
                screen_count(done), screen_count(total));
    else
        fprintf(stderr, "%-8s %s", s->phase, screen_count(done));
    /* Jobs end in steps of thousands of users: what they took says more than the step just made */
    if (json_is_object(left)) {
        fprintf(stderr, "  %s left", screen_time(number(left, "seconds")));
        fprintf(stderr, ", at most %s", screen_time(number(left, "high")));
    } else if (rate >= 1 && total > done)
        fprintf(stderr, "  %s left", screen_time((total - done) / rate));
    s->drawn = true;
}

/* The rate and the time left are of this phase and this run: what an earlier run has done took no
 * time now. */
static void progress(screen *s, const json_t *event)
{
    double done = number(event, "done"), total = number(event, "total");
    const char *phase = member(event, "phase");
    bool fresh = strcmp(phase, s->phase) != 0;
    if (fresh) {
        snprintf(s->phase, sizeof s->phase, "%s", phase);
        clock_gettime(CLOCK_MONOTONIC, &s->began);
        s->last = s->began;
        s->began_at = done;
    }
    if (s->bar) {
        draw(s, done, total, json_object_get(event, "left"));
    } else if (since(&s->last) >= PLAIN_LINE_EVERY_S) { /* what is soon over needs no line */
        clock_gettime(CLOCK_MONOTONIC, &s->last);
        if (total > 0)
            fprintf(stderr, "%s: %s of %s\n", s->phase, screen_count(done), screen_count(total));
        else
            fprintf(stderr, "%s: %s\n", s->phase, screen_count(done));
    }
}

/* The reason on a line of its own: it is the tenant's, and may be long. */
static void canary(screen *s, const json_t *event)
{
    const char *parameters = member(event, "parameters"), *detail = member(event, "detail");
    bool passed = json_is_true(json_object_get(event, "passed"));
    screen_clear(s);
    fprintf(stderr, "canary   %s %s%s%s: %s\n", passed ? "passed" : "FAILED",
            member(event, "hasher"), parameters[0] != '\0' ? " " : "", parameters,
            passed ? "logged in" : "held back");
    if (detail[0] != '\0')
        fprintf(stderr, "         %s\n", detail);
}

/* A run that waits for the tenant says so: it would look hung. */
static void wait_line(screen *s, const json_t *event)
{
    screen_clear(s);
    fprintf(stderr, "waiting  %s: %s\n", screen_time(number(event, "seconds")),
            member(event, "message"));
}

static void batch(screen *s, const json_t *event)
{
    const char *status = member(event, "status");
    bool failed = strcmp(status, "failed") == 0, written = strcmp(status, "written") == 0;
    if ((s->bar && !failed && !written) || strcmp(status, "claimed") == 0)
        return; /* the bar tells enough, and a claim is submitted at once */
    screen_clear(s);
    fprintf(stderr, "batch    %s %s: %s%s%s\n", member(event, "external_id"), status,
            screen_number(number(event, "users"), "user"), written ? ", " : "",
            member(event, "file"));
}

/* Any other event is for programs, and passed over. */
static void for_people(screen *s, const char *name, const json_t *event)
{
    if (strcmp(name, "progress") == 0) {
        progress(s, event);
    } else if (strcmp(name, "canary") == 0) {
        canary(s, event);
    } else if (strcmp(name, "batch") == 0) {
        batch(s, event);
    } else if (strcmp(name, "wait") == 0) {
        wait_line(s, event);
    } else if (strcmp(name, "warning") == 0) {
        screen_clear(s);
        fprintf(stderr, "warning  %s\n", member(event, "message"));
    }
}

void screen_print_json(const char *json)
{
    size_t len = auth0db_show_text(NULL, 0, json);
    char *shown = malloc(len + 1);
    if (shown != NULL) {
        auth0db_show_text(shown, len + 1, json);
        puts(shown);
    }
    free(shown);
}

/* People read the escape: everything that a report prints comes by here. */
static json_t *for_reading(json_t *value)
{
    const char *name;
    json_t *member, *shown;
    size_t i;
    if (json_is_string(value))
        return json_string(cli_shown(json_string_value(value)));
    shown = json_is_object(value) ? json_object() : json_is_array(value) ? json_array() : NULL;
    json_object_foreach(value, name, member)
    {
        json_t *read =
            for_reading(member); /* it takes as many of cli_shown's buffers as it wants */
        json_object_set_new(shown, cli_shown(name), read);
    }
    json_array_foreach(value, i, member)
    {
        json_array_append_new(shown, for_reading(member));
    }
    return shown != NULL ? shown : json_incref(value);
}

static json_t *read_event(const char *json)
{
    json_t *event = json_loads(json, 0, NULL), *shown = for_reading(event);
    json_decref(event);
    return shown;
}

/* Our own sentences, of all that an event says. */
static void name_commands(json_t *value)
{
    static const char *const sentences[] = {"next", "cure", "message"};
    json_t *member;
    const char *name;
    size_t i;
    for (size_t k = 0; k < sizeof sentences / sizeof sentences[0]; k++) {
        const char *text = json_string_value(json_object_get(value, sentences[k]));
        if (text != NULL)
            json_object_set_new(value, sentences[k], json_string(cli_shown(text)));
    }
    json_object_foreach(value, name, member)
    {
        name_commands(member);
    }
    json_array_foreach(value, i, member)
    {
        name_commands(member);
    }
}

/* A program gets the event as it was sent. Only by manage.py the commands in it are renamed, as its
 * user calls them. */
static void print_event(const char *json)
{
    json_t *event = cli_by_manage() ? json_loads(json, 0, NULL) : NULL;
    name_commands(event);
    char *named = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;
    screen_print_json(named != NULL ? named : json);
    /* Whoever reads the events waits for this one. */
    fflush(stdout);
    free(named);
    json_decref(event);
}

void screen_event(void *ctx, const char *json)
{
    screen *s = ctx;
    json_t *event = read_event(json);
    const char *name = member(event, "event");
    if (s->noted[0] != '\0')
        screen_clear(s);
    if (strcmp(name, "report") == 0) {
        json_decref(s->report);
        s->report = json_incref(event);
    }
    if (s->mode == SCREEN_EVENTS || (s->mode == SCREEN_REPORT && strcmp(name, "report") == 0)) {
        print_event(json);
    } else if (s->mode == SCREEN_PEOPLE) {
        for_people(s, name, event);
    } else if (strcmp(name, "warning") == 0) {
        fprintf(stderr, "auth0db: %s\n", member(event, "message"));
    }
    json_decref(event);
}
