/* What the library shows: everything else is hidden. */
#ifndef AUTH0DB_EXPORT_H
#define AUTH0DB_EXPORT_H

#if defined(__GNUC__)
#define AUTH0DB_API __attribute__((visibility("default")))
#define AUTH0DB_MUST_CHECK __attribute__((warn_unused_result))
#define AUTH0DB_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define AUTH0DB_API
#define AUTH0DB_MUST_CHECK
#define AUTH0DB_PRINTF(fmt, first)
#endif

#endif
