/* What an answer of the tenant means to a login: one table, with a row for every outcome. */
#ifndef A0_LINK_OUTCOMES_H
#define A0_LINK_OUTCOMES_H

#include "auth0db/login.h"

typedef struct a0_meaning {
    auth0db_refusal refusal; /* of a login that ends with it */
    bool decided;            /* the tenant has spoken about this person. False: S5 holds */
    bool falls_back;         /* an outage: the site may decide of who has moved, if it is set so */
    const char *word;        /* what the link remembers from now on; NULL: what it has already */
    const char *unpushed;    /* of a push that ended so: why the password is not at the tenant */
} a0_meaning;

/* Why no password and no address of a user is sent whose tenant user has another mailbox by now. */
#define A0_UNPUSHED_OTHER_ADDRESS "other-address"

/** Never NULL: what is no outcome means what UNCONFIRMED means, which admits nobody. */
const a0_meaning *a0_meaning_of(auth0db_outcome outcome);
/** Of what a link remembers: never NULL, and a refusal. */
const a0_meaning *a0_meaning_of_word(const char *word);

#endif
