/* multipart/form-data, taken apart by libmicrohttpd. */
#ifndef A0_SANDBOX_MULTIPART_H
#define A0_SANDBOX_MULTIPART_H

#include "sandbox/request.h"

struct MHD_Connection;

enum { SB_PARTS_MAX = 32, SB_PART_TEXT_MAX = 4096 };

bool sb_is_multipart(const sb_request *request);
/** Take raw_body apart: the part "users" into request->upload, the others, as texts, into
 * request->form. connection: whose Content-Type names the boundary. MALFORMED (no boundary, no end,
 * a part without a name, twice the same, text that is none) or TOO_LARGE. */
A0_MUST_CHECK int sb_multipart_read(struct MHD_Connection *connection, sb_request *request,
                                    auth0db_error *err);

#endif
