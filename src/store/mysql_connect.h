/* A connection to MariaDB or MySQL, from DATABASE_URL. */
#ifndef A0_STORE_MYSQL_CONNECT_H
#define A0_STORE_MYSQL_CONNECT_H

#include <mysql.h>

#include "store/url.h"

/** Options behind the ? are those of Django's OPTIONS, flat: unix_socket, port, connect_timeout,
 * read_default_file, read_default_group, charset (ours is utf8mb4, whatever it says), ssl_ca,
 * ssl_capath, ssl_cert, ssl_key, ssl_cipher and ssl_mode. A certificate authority alone verifies
 * the server. *out is the caller's to close, also where it fails (NULL: nothing to close).
 * OPTION (an option unknown or unreadable), IO (in the client's or the server's words),
 * NO_MEMORY. */
A0_MUST_CHECK int a0_mysql_connect(MYSQL **out, const a0_store_url *url, auth0db_error *err);

#endif
