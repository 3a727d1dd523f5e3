/* Clock, sleep and randomness come in through one struct, so that time in tests does not pass. */
#ifndef A0_BASE_ENV_H
#define A0_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct a0_env {
    uint64_t (*mono_ms)(void *ctx); /* deadlines and back-off */
    int64_t (*wall_ms)(void *ctx);  /* token expiry, dates */
    void (*sleep_ms)(void *ctx, unsigned ms);
    int (*random)(void *ctx, void *out, size_t len); /* all of it: AUTH0DB_OK, or an error code */
    void *ctx;
} a0_env;

extern const a0_env a0_env_system;

static inline uint64_t a0_mono_ms(const a0_env *env)
{
    return env->mono_ms(env->ctx);
}
static inline int64_t a0_wall_ms(const a0_env *env)
{
    return env->wall_ms(env->ctx);
}
static inline int64_t a0_wall_s(const a0_env *env)
{
    return a0_wall_ms(env) / 1000;
}
static inline void a0_sleep_ms(const a0_env *env, unsigned ms)
{
    env->sleep_ms(env->ctx, ms);
}
A0_MUST_CHECK static inline int a0_random(const a0_env *env, void *out, size_t len)
{
    return env->random(env->ctx, out, len);
}

#endif
