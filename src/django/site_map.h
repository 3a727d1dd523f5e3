/* The site map: JSON of `manage.py auth0_site`, which knows the models (docs/bulk.md). */
#ifndef A0_DJANGO_SITE_MAP_H
#define A0_DJANGO_SITE_MAP_H

#include <stddef.h>

#include "base/error.h"
#include "model/site_map.h"

/** A stock Django: auth_user, and our tables as our migrations name them. */
void a0_site_map_stock(a0_site_map *out);
/** Strict: an unknown member, a wrong type, a name that is no name are MALFORMED (a format of
 * tomorrow: UNSUPPORTED), with the path in err->where: "site_map.users.key.type". *out is the stock
 * map then. */
A0_MUST_CHECK int a0_site_map_parse(a0_site_map *out, const char *json, size_t len,
                                    auth0db_error *err);

#endif
