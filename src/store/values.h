/* Keys and times between the database's words and ours. */
#ifndef A0_STORE_VALUES_H
#define A0_STORE_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "model/site_map.h"

enum { A0_UUID_LEN = 36, A0_TIME_SIZE = 40 };

/** "2026-01-31 12:00:00", with up to six digits of fraction (further ones are dropped), with 'T',
 * with "Z", "+01", "+01:00" or "+0100"; without an offset it is UTC. Microseconds since 1970;
 * A0_NO_TIME for anything else, year 0 included. */
int64_t a0_time_parse(const void *text, size_t len);
/** As Django writes it: the fraction only where there is one. Years 1 to 9999, else "". */
void a0_time_format(int64_t time, char out[A0_TIME_SIZE]);

/** 32 lower-case hex digits become a UUID with its hyphens, in `buf`. Anything else stays: only
 * what reads back to the very same bytes may be written in another way. */
a0_slice a0_uuid_from_hex(a0_slice text, char buf[A0_UUID_LEN + 1]);
/** And back: a hyphenated lower-case UUID becomes 32 digits. */
a0_slice a0_uuid_to_hex(a0_slice text, char buf[A0_UUID_LEN + 1]);
/** Decimal as Django writes an integer key: no sign but '-', no leading zero, 64 bits. */
bool a0_integer_parse(a0_slice text, int64_t *out);

#endif
