/* Trouble on request: what to do to the next requests that match. Definitions are the JSON objects
 * of POST /sandbox/faults, checked when they are added; docs/sandbox.md describes every member. */
#ifndef A0_SANDBOX_FAULTS_H
#define A0_SANDBOX_FAULTS_H

#include "sandbox/reply.h"
#include "sandbox/tenant/tenant.h"

enum { SB_FAULTS_MAX = 64, SB_FAULT_HEADERS_MAX = 8, SB_HUGE_BODY = 20 * 1024 * 1024 };

/* How an answer leaves, beyond what it says. */
typedef struct sb_delivery {
    bool drop;      /* close the connection without a byte */
    int64_t cut_at; /* close after so many bytes of the body; -1: never */
} sb_delivery;

sb_faults *sb_faults_new(void);
void sb_faults_free(sb_faults *faults);
void sb_faults_clear(sb_faults *faults);
/** Check and keep one definition (a copy). *id names it. Errors: MALFORMED with the member in
 * `where`. */
A0_MUST_CHECK int sb_faults_add(sb_faults *faults, const json_t *definition, json_int_t *id,
                                auth0db_error *err);
json_t *sb_faults_json(const sb_faults *faults);
/** The first fault that matches, used up by one: a new reference, or NULL. */
json_t *sb_faults_take(sb_faults *faults, const char *method, const char *path);

/** What the next import does, by the first fault that is about jobs: a new reference, {} where
 * there is none, NULL without memory. */
json_t *sb_faults_take_job(sb_faults *faults);

unsigned sb_fault_delay(const json_t *fault);
/** Is the request carried out at all? (fault may be NULL) */
bool sb_fault_executes(const json_t *fault);
/** Turn the answer into what the fault wants; `api`: the Management API's error envelope. */
void sb_fault_apply(const json_t *fault, bool api, sb_reply *reply, sb_delivery *delivery);

#endif
