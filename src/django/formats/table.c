/* Which formats there are. */
#include "base/error.h"
#include "django/formats/format.h"

#define ROW(number, row) [AUTH0DB_HASHER_##number] = &a0_format_##row,
#define ONE(number, row) +1
static const a0_format *const formats[AUTH0DB_HASHER_COUNT] = {A0_FORMATS(ROW)};
_Static_assert(0 A0_FORMATS(ONE) == AUTH0DB_HASHER_COUNT, "a hasher without a format");

/* A forgotten member must not end a process that logs people in, and must not be made up for by a
 * default either: a format that came without `write` was once converted as md5, and its users were
 * told "ok". So it is one that nobody knows, and its users stay. */
const a0_format *a0_format_if_complete(const a0_format *row)
{
    const bool complete = row != NULL && row->name != NULL && row->recognises != NULL &&
                          row->parse != NULL && row->head != NULL && row->middle != NULL &&
                          row->bound != NULL && row->compute != NULL && row->convertible != NULL &&
                          row->write != NULL && row->defaults != NULL && row->bad_range != NULL &&
                          row->salt != NULL;
    return complete ? row : &a0_format_unknown;
}

const a0_format *a0_format_of(auth0db_hasher hasher)
{
    return a0_format_if_complete((unsigned)hasher < AUTH0DB_HASHER_COUNT ? formats[hasher] : NULL);
}
