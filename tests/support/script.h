/* A scripted HTTP server on loopback, for tests of the client: what it says is decided by the test,
 * byte by byte where needed, and what it was asked can be read afterwards. One thread a connection.
 */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct script script;

typedef struct script_request {
    char method[8];
    char path[4096];
    char *head; /* request line and headers as received */
    char *body;
    size_t body_len;
    unsigned number; /* 1 is the first request of the server */
} script_request;

/* What to answer. All zero: nothing is said and the connection stays open until the client gives
 * up. */
typedef struct script_answer {
    char *raw; /* malloc'd; freed by the server */
    size_t len;
    unsigned delay_ms;
    bool hang_up; /* close after raw (or at once) */
} script_answer;

/** Decides every answer; called from connection threads, one at a time. */
typedef script_answer (*script_handler)(void *ctx, const script_request *request);

script *script_start(script_handler handler, void *ctx);
void script_stop(script *server);
int script_port(const script *server);
const char *script_url(const script *server); /* "http://127.0.0.1:PORT" */
unsigned script_requests(script *server);
unsigned script_connections(script *server); /* ever accepted */
/** The nth request (1 is the first); it stays valid until the server is stopped. */
const script_request *script_request_at(script *server, unsigned n);

/** For long runs: requests are counted, but no longer kept. */
void script_forget(script *server);

/** A whole answer: status, extra header lines (each ending in CRLF, or ""), body. */
script_answer script_reply(int status, const char *headers, const char *body);
script_answer script_raw(const void *bytes, size_t len);

#endif
