/* What the tenant keeps as it was sent, and only shows: applications, grants of scopes, settings,
 * the protection that nothing here acts on. JSON objects by kind and id, in order of creation. */
#ifndef A0_SANDBOX_TENANT_DOCUMENTS_H
#define A0_SANDBOX_TENANT_DOCUMENTS_H

#include "sandbox/tenant/tenant.h"

enum { SB_DOCUMENTS_MAX = 10000 }; /* of one kind: a page that asks for more costs no memory */

/** New reference; NULL: there is none. */
json_t *sb_document_get(sb_tenant *tenant, const char *kind, const char *id);
/** New or instead of what was there. STATE: there are too many. */
A0_MUST_CHECK int sb_document_put(sb_tenant *tenant, const char *kind, const char *id,
                                  const json_t *document);
A0_MUST_CHECK int sb_document_delete(sb_tenant *tenant, const char *kind, const char *id);
/** All of a kind; new reference, never NULL but without memory. */
json_t *sb_document_list(sb_tenant *tenant, const char *kind);

/** Members of `changes` over those of `document`, objects one level deep; null takes one away. */
void sb_document_merge(json_t *document, json_t *changes);
/** Where `document` has no such member, that of `defaults`; inside objects too. */
void sb_document_fill(json_t *document, json_t *defaults);

#endif
