/* The table of kinds, looked at for each user of the site. It is bounded: rows may name any
 * parameters, and each kind costs a canary, two logins at the tenant. */
#include "bulk/assess/hash_kinds.h"

#include "bulk/assess/hash_kind.h"

static bool same(const struct a0_hash_kind *kind, const auth0db_hash_params *params,
                 auth0db_conversion conversion)
{
    return kind->conversion == conversion && a0_hash_kind_equal(&kind->params, params);
}

/* Not against floods: there are at most A0_HASH_KINDS_MAX. */
static size_t first_slot(const auth0db_hash_params *p, auth0db_conversion conversion)
{
    const uint64_t fields[] = {(uint64_t)p->hasher,
                               p->iterations,
                               p->cost,
                               (uint64_t)(unsigned char)p->variant,
                               p->n,
                               p->r,
                               p->p,
                               p->t,
                               p->m_kib,
                               (uint64_t)p->argon2_type,
                               p->argon2_version,
                               p->hash_len,
                               (uint64_t)conversion};
    uint64_t h = 0;
    for (size_t i = 0; i < A0_COUNT(fields); i++)
        h = (h ^ fields[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h >> 48) % (4 * (size_t)A0_HASH_KINDS_MAX);
}

/* The slot of this kind, or the free one where it would be. Three of four are always free. */
static size_t find_slot(const a0_hash_kinds *b, const auth0db_hash_params *params,
                        auth0db_conversion conversion)
{
    size_t i = first_slot(params, conversion);
    while (b->slots[i] != 0 && !same(&b->kinds[b->slots[i] - 1], params, conversion))
        i = (i + 1) % A0_COUNT(b->slots);
    return i;
}

int a0_hash_kinds_look(const a0_hash_kinds *b, const auth0db_hash_params *params,
                       auth0db_conversion conversion)
{
    return b->slots[find_slot(b, params, conversion)] - 1; /* 0 makes A0_HASH_KIND_NONE */
}

int a0_hash_kinds_find(a0_hash_kinds *b, const auth0db_hash_params *params,
                       auth0db_conversion conversion)
{
    /* Most users follow one of the same kind, so most calls end here. */
    if (b->n > 0 && same(&b->kinds[b->last], params, conversion))
        return b->last;
    size_t slot = find_slot(b, params, conversion);
    if (b->slots[slot] == 0) {
        /* Users of a kind too many are counted, but no canary speaks for them: they are held back.
         */
        if (b->n == A0_HASH_KINDS_MAX)
            return A0_HASH_KIND_NONE;
        b->kinds[b->n] = (struct a0_hash_kind){.params = *params, .conversion = conversion};
        /* It points into the row, which is gone after this call. */
        b->kinds[b->n].params.salt = NULL;
        b->slots[slot] = (int16_t)++b->n;
    }
    return b->last = b->slots[slot] - 1;
}
