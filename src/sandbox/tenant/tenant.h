/* The tenant: everything a request can see or change, behind one lock. */
#ifndef A0_SANDBOX_TENANT_TENANT_H
#define A0_SANDBOX_TENANT_TENANT_H

#include <pthread.h>
#include <sqlite3.h>

#include "base/env.h"
#include "crypto/jws.h"
#include "sandbox/counters.h"
#include "sandbox/login/protect.h"
#include "sandbox/options.h"

enum {
    SB_KEYS_MAX = 4, /* the signing key and those that still verify */
    SB_ID_LEN = 32,  /* client id */
    SB_SECRET_LEN = 64,
    SB_ISO_LEN = 25, /* "2026-11-23T11:47:03.123Z" and NUL */
};

typedef struct sb_faults sb_faults;
typedef struct sb_traffic sb_traffic;
struct sb_jobs;

/* By which way plain passwords reached the tenant: an import must never bring one. */
typedef enum sb_lane {
    SB_LANE_CREATE, /* POST /users */
    SB_LANE_CHANGE, /* PATCH /users */
    SB_LANE_LOGIN,
    SB_LANE_IMPORT, /* a member "password" of an entry, which the schema does not have */
    SB_LANE_RESET,  /* a password-change ticket */
    SB_LANE_COUNT
} sb_lane;

/* `lock` is held while a handler runs. A handler may let go of it around slow work (bcrypt) and
 * must then look again at whatever it had read. */
typedef struct sb_tenant {
    pthread_mutex_t lock;
    pthread_cond_t hurry; /* wakes requests that a fault delays */
    bool stopping;
    unsigned long resets;
    const a0_env *env;
    int64_t start_wall_ms; /* env clock at the start, to give wall time in milliseconds */
    uint64_t start_mono_ms;
    int64_t clock_offset_ms; /* the test clock: how far it has been advanced */
    sqlite3 *db;
    sb_options options;
    sb_counters
        counters; /* attack protection and rate limits; gone at the end, like Auth0's caches */
    sb_faults *faults;
    sb_traffic *traffic;
    struct sb_jobs *jobs;
    int64_t passwords_seen[SB_LANE_COUNT];
    a0_jwk *keys[SB_KEYS_MAX]; /* keys[0] signs */
    char url[300];             /* "http://127.0.0.1:4711" */
    int port;
    bool tls;
    char client_id[SB_ID_LEN + 1], client_secret[SB_SECRET_LEN + 1];
    char connection[132], connection_id[32]; /* the default connection */
    bool require_username;                   /* what it was started with */
    int64_t job_users_per_second;            /* the same */
} sb_tenant;

/** Milliseconds since 1970 on the tenant's clock (which tests may advance). */
int64_t sb_now_ms(const sb_tenant *tenant);
void sb_iso(int64_t ms, char out[static SB_ISO_LEN]);
/** n characters of [A-Za-z0-9] and a NUL into out. */
A0_MUST_CHECK int sb_random_text(const sb_tenant *tenant, char *out, size_t n);
sb_protect_rules sb_tenant_rules(const sb_tenant *tenant);

/** Sleep, or wake early when the tenant stops or is reset. Called with the lock, and lets go of it
 * meanwhile. False: it was reset, so whatever waited belongs to a tenant that is no more. */
bool sb_tenant_wait(sb_tenant *tenant, unsigned ms);

#endif
