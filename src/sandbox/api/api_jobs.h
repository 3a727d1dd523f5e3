/* Bulk jobs over HTTP: /api/v2/jobs/..., and the files of exports. */
#ifndef A0_SANDBOX_API_API_JOBS_H
#define A0_SANDBOX_API_API_JOBS_H

#include "sandbox/call.h"

enum {
    SB_IMPORT_BODY_MAX = 512000, /* the whole multipart body (facts/auth0.md 0.11) */
    SB_EXPORT_LINK_S = 60,       /* how long a location can be fetched */
};

sb_handler sb_jobs_import;     /* POST /api/v2/jobs/users-imports */
sb_handler sb_jobs_export;     /* POST /api/v2/jobs/users-exports */
sb_handler sb_jobs_get;        /* GET /api/v2/jobs/{id} */
sb_handler sb_jobs_errors;     /* GET /api/v2/jobs/{id}/errors */
sb_handler sb_export_download; /* GET /exports/{file}: where a location leads; no token, but a
                                  signature that does not last */

#endif
