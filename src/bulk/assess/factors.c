/* Which second factors of the site Auth0's import takes, and as what. What is in doubt stays
 * behind: a wrong secret would ask its owner for codes that never match. */
#include "bulk/assess/factors.h"

#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/secret.h"

enum { SECRET_BYTES_MAX = 80, PHONE_DIGITS_MAX = 15 };

/* django-otp keeps the key in hex. HMAC-SHA-1 is its only algorithm. */
static bool read_otp_totp(const a0_mfa_row *row, char *out)
{
    uint8_t key[SECRET_BYTES_MAX];
    /* Auth0 makes six digits every 30 seconds since 1970. A device of any other kind would show
     * other codes than Auth0 expects. */
    if ((row->digits != 0 && row->digits != 6) || (row->step != 0 && row->step != 30) ||
        row->t0 != 0)
        return false;
    long len = a0_hex_decode(row->value.data, row->value.len, key, sizeof key);
    if (len > 0)
        a0_base32_encode(key, (size_t)len, out);
    /* The key is as good as the device. It is wiped after a failure as well: a part may have been
     * decoded. */
    a0_wipe(key, sizeof key);
    return len > 0;
}

/* Base32 of either case and any padding, to Auth0's. A secret that a site encrypts does not pass:
 * it is base64, and should one be all letters, then of both cases. */
static bool normal_base32(const char *text, char *out)
{
    size_t len = 0;
    bool upper = false, lower = false;
    for (; *text != '\0' && *text != '='; text++) {
        bool small = *text >= 'a' && *text <= 'z';
        char c = small ? (char)(*text - 'a' + 'A') : *text;
        lower |= small;
        upper |= *text >= 'A' && *text <= 'Z';
        if (!((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')) || len == A0_FACTOR_VALUE_SIZE - 1)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    return len > 0 && !(upper && lower) && text[strspn(text, "=")] == '\0';
}

/* allauth.mfa keeps JSON; digits and period are settings there, not of the row. */
static bool read_allauth_totp(const a0_mfa_row *row, char *out)
{
    json_t *data;
    if (a0_json_parse(&data, row->value.data, row->value.len, "mfa", NULL) != AUTH0DB_OK)
        return false;
    const char *secret = a0_json_text(data, "secret");
    bool travels = secret != NULL && normal_base32(secret, out);
    /* Freed memory keeps its bytes, so the secret is wiped inside the parsed tree. */
    a0_json_wipe(data, "secret");
    json_decref(data);
    return travels;
}

/* E.164. What the formats INTERNATIONAL and RFC3966 of phonenumber put around the digits is left
 * out; a national number, or one with an extension, is not guessed at. */
static bool read_phone(const a0_mfa_row *row, char *out)
{
    const char *text = row->value.data;
    size_t len = row->value.len, digits = 0;
    if (len > 4 && memcmp(text, "tel:", 4) == 0) {
        text += 4;
        len -= 4;
    }
    if (len == 0 || text[0] != '+')
        return false;
    out[0] = '+';
    for (size_t i = 1; i < len; i++) {
        if (text[i] != '\0' && strchr(" -.()", text[i]) != NULL)
            continue;
        if (text[i] < '0' || text[i] > '9' || digits == PHONE_DIGITS_MAX)
            return false;
        out[1 + digits++] = text[i];
    }
    out[1 + digits] = '\0';
    return digits > 0;
}

bool a0_factor_read(const a0_mfa_row *row, a0_factor *out)
{
    const bool phone = row->source->format == A0_MFA_PHONE;
    *out = (a0_factor){.kind = phone ? "phone" : "totp", .member = phone ? "value" : "secret"};
    if (row->value.data == NULL)
        return false;
    switch (row->source->format) {
    case A0_MFA_OTP_TOTP:
        return read_otp_totp(row, out->value);
    case A0_MFA_ALLAUTH_TOTP:
        return read_allauth_totp(row, out->value);
    case A0_MFA_PHONE:
        return read_phone(row, out->value);
    default:
        return false;
    }
}
