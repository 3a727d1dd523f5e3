/* Which table and column of the site's database holds what. Made from the JSON of
 * `manage.py auth0_site` (django/site_map.h), or the stock auth_user. Plain data. */
#ifndef A0_MODEL_SITE_MAP_H
#define A0_MODEL_SITE_MAP_H

#include <stdbool.h>

enum {
    A0_NAME_SIZE = 128, /* of a table or column, with its NUL: PostgreSQL 63, MySQL 64 characters */
    A0_MFA_SOURCES_MAX = 16 /* one per table, and type, that a package keeps second factors in */
};

typedef enum a0_key_type { A0_KEY_INTEGER, A0_KEY_UUID, A0_KEY_STRING } a0_key_type;

/* How a package stores a second factor. */
typedef enum a0_mfa_format {
    A0_MFA_OTP_TOTP, /* django-otp TOTPDevice: hex key, with step, t0, digits, drift, confirmed */
    A0_MFA_ALLAUTH_TOTP, /* allauth.mfa Authenticator of type totp: JSON with a base32 secret */
    A0_MFA_PHONE,        /* two-factor's PhoneDevice: E.164 number */
    A0_MFA_OTHER /* recovery codes, WebAuthn, HOTP, e-mail devices: cannot travel, counted */
} a0_mfa_format;

typedef struct a0_mfa_source {
    a0_mfa_format format;
    char label[32]; /* for reports: "otp_totp", "allauth.mfa webauthn" */
    char table[A0_NAME_SIZE], user[A0_NAME_SIZE];
    char value[A0_NAME_SIZE];     /* secret, data or number; "" for OTHER */
    char confirmed[A0_NAME_SIZE]; /* boolean column, "" where there is none */
    char type[A0_NAME_SIZE];      /* allauth: the column that must equal type_is; else "" */
    char type_is[32];
    /* OTP_TOTP: Auth0 takes 6 digits, every 30 s, counted from 0 */
    char digits[A0_NAME_SIZE], step[A0_NAME_SIZE], t0[A0_NAME_SIZE];
} a0_mfa_source;

/* Columns the user model lacks are "". */
typedef struct a0_site_map {
    char users[A0_NAME_SIZE]; /* table */
    char key[A0_NAME_SIZE];
    a0_key_type key_type;
    char username[A0_NAME_SIZE], email[A0_NAME_SIZE], password[A0_NAME_SIZE];
    char given_name[A0_NAME_SIZE], family_name[A0_NAME_SIZE];
    char active[A0_NAME_SIZE], staff[A0_NAME_SIZE], superuser[A0_NAME_SIZE];
    char last_login[A0_NAME_SIZE], joined[A0_NAME_SIZE];
    bool named_by_email; /* USERNAME_FIELD is the e-mail */
    bool null_is_active; /* NULL in `active`: Django before 4.1 lets such a user in */
    struct {             /* django-allauth's EmailAddress; table "" where it is not installed */
        char table[A0_NAME_SIZE], user[A0_NAME_SIZE], email[A0_NAME_SIZE], verified[A0_NAME_SIZE];
    } verified;
    a0_mfa_source mfa[A0_MFA_SOURCES_MAX];
    unsigned n_mfa;
    char site[65]; /* AUTH0_SITE, or "": the name kept in the database */
    /* our own tables */
    char sites[A0_NAME_SIZE], links[A0_NAME_SIZE], holdouts[A0_NAME_SIZE];
    char batches[A0_NAME_SIZE], claims[A0_NAME_SIZE], reminders[A0_NAME_SIZE];
    char resolutions[A0_NAME_SIZE], tombstones[A0_NAME_SIZE];
} a0_site_map;

#endif
