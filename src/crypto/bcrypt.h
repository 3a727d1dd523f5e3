/* crypt(3) methods through libxcrypt's crypt_rn. Thread-safe. */
#ifndef A0_CRYPTO_BCRYPT_H
#define A0_CRYPTO_BCRYPT_H

#include "crypto/digest.h"

enum { A0_CRYPT_MAX = 384, A0_BCRYPT_LEN = 60, A0_BCRYPT_INPUT_MAX = 72 };

/** bcrypt of the password's first 72 bytes with a setting or a whole hash ("$2b$10$" + 22 or 53
 * characters; 2a, 2b and 2y). A password with a NUL byte is refused (AUTH0DB_ERR_UNSUPPORTED):
 * crypt(3) would cut it. */
A0_MUST_CHECK int a0_bcrypt(a0_slice password, const char *setting,
                            char out[static A0_BCRYPT_LEN + 1], auth0db_error *err);
/** "$2b$NN$" + 22 characters from 16 random bytes. cost 4 to 31. */
void a0_bcrypt_setting(int cost, const uint8_t random[static 16], char out[static 30]);
/** Any crypt(3) method. Refused where libxcrypt refuses (it answers "*0"). */
A0_MUST_CHECK int a0_crypt(a0_slice password, const char *setting, char out[static A0_CRYPT_MAX],
                           auth0db_error *err);

#endif
