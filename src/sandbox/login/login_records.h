/* What a web login leaves behind between two requests: the login under way, the code it ends in,
 * the browser's session and refresh tokens. Each is named by a random text; kept is its digest. */
#ifndef A0_SANDBOX_LOGIN_LOGIN_RECORDS_H
#define A0_SANDBOX_LOGIN_LOGIN_RECORDS_H

#include "sandbox/tenant/tenant.h"

enum { SB_RECORD_TEXT_LEN = 43 };

typedef enum sb_record_kind {
    SB_RECORD_LOGIN,   /* data: what /authorize was asked, and how far the person is */
    SB_RECORD_CODE,    /* data: the same, and who logged in */
    SB_RECORD_SESSION, /* data: {sid, user, at_ms, mfa} */
    SB_RECORD_REFRESH, /* data: as of the code */
    SB_RECORD_KINDS
} sb_record_kind;

typedef struct sb_record {
    int64_t seq;
    sb_record_kind kind;
    json_t *data; /* object */
} sb_record;

/** Keep `data` (borrowed) for as long as its kind lives; `text` names it from now on. */
A0_MUST_CHECK int sb_record_make(sb_tenant *tenant, sb_record_kind kind, const json_t *data,
                                 char text[static SB_RECORD_TEXT_LEN + 1]);
/** True: *out is filled (sb_record_clear). NULL, unknown and expired texts: false, *out empty. */
bool sb_record_find(sb_tenant *tenant, sb_record_kind kind, const char *text, sb_record *out);
A0_MUST_CHECK int sb_record_save(sb_tenant *tenant, const sb_record *record);
/** True for one caller only, and for none where it cannot be deleted: what may be used once is
 * deleted before it is used. */
bool sb_record_take(sb_tenant *tenant, const sb_record *record);
void sb_record_clear(sb_record *record);
/** How long a kind lives, in seconds. */
int64_t sb_record_lifetime_s(sb_record_kind kind);

#endif
