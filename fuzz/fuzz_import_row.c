/* A user row of any bytes: it is refused with a reason, or becomes one object that the import's
 * schema takes (tests/contract/import-user.schema.json), within the room that was promised. Lines:
 * flags, key, user name, e-mail, password, given name, family name, then second factors. */
#include <string.h>

#include "auth0db/client.h"
#include "base/json.h"
#include "base/utf8.h"
#include "bulk/batch/buffer.h"
#include "fuzz.h"

static a0_slice line(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at;
    const uint8_t *stop = start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;
    if (stop == NULL)
        stop = end;
    *at = stop < end ? stop + 1 : end;
    return (a0_slice){start < end ? start : NULL, (size_t)(stop - start)};
}

static void read_record(a0_record *out, const uint8_t *data, size_t size)
{
    static const a0_mfa_source sources[] = {{.format = A0_MFA_OTP_TOTP},
                                            {.format = A0_MFA_ALLAUTH_TOTP},
                                            {.format = A0_MFA_PHONE},
                                            {.format = A0_MFA_OTHER}};
    const uint8_t *at = data, *end = data + size;
    a0_slice flags = line(&at, end);
    *out = (a0_record){.active = flags.len % 2 != 0, .email_verified = flags.len % 3 != 0};
    out->key = line(&at, end);
    out->username = line(&at, end);
    out->email = line(&at, end);
    out->password = line(&at, end);
    out->given_name = line(&at, end);
    out->family_name = line(&at, end);
    while (at < end && out->n_mfa < A0_MFA_ROWS_MAX) {
        a0_slice value = line(&at, end);
        out->mfa[out->n_mfa++] = (a0_mfa_row){.source = &sources[value.len % 4], .value = value};
    }
}

static bool text_of(const json_t *object, const char *member, size_t least, size_t most)
{
    const char *text = a0_json_text(object, member);
    long chars = text != NULL ? a0_utf8_count(text, strlen(text)) : -1;
    return chars >= (long)least && chars <= (long)most;
}

static void check_factors(const json_t *factors)
{
    const json_t *factor;
    size_t i;
    CLAIM(json_is_array(factors) && json_array_size(factors) >= 1 &&
          json_array_size(factors) <= 10);
    json_array_foreach(factors, i, factor)
    {
        const json_t *totp = json_object_get(factor, "totp"),
                     *phone = json_object_get(factor, "phone");
        const char *value =
            totp != NULL ? a0_json_text(totp, "secret") : a0_json_text(phone, "value");
        CLAIM(json_object_size(factor) == 1 && value != NULL);
        CLAIM(json_object_size(totp != NULL ? totp : phone) == 1);
        if (totp != NULL)
            CLAIM(strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == strlen(value));
        else
            CLAIM(value[0] == '+' && strspn(value + 1, "0123456789") == strlen(value) - 1);
        CLAIM(totp != NULL ? value[0] != '\0' : strlen(value) >= 2 && strlen(value) <= 16);
    }
}

static void check_object(const char *text, size_t len, const a0_assess_rules *rules)
{
    size_t known = 3; /* e-mail, id, hash */
    json_t *object;
    CLAIM(a0_json_parse(&object, text, len, "row", NULL) == AUTH0DB_OK);
    CLAIM(auth0db_email_is_sendable(a0_json_text(object, "email")));
    CLAIM(text_of(object, "user_id", 24, 24));
    CLAIM(json_is_object(json_object_get(object, "custom_password_hash")));
    if (rules->require_username) {
        known++;
        CLAIM(text_of(object, "username", 1, 20));
    }
    static const char *const names[] = {"given_name", "family_name"};
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(object, names[i]) == NULL)
            continue;
        known++;
        CLAIM(text_of(object, names[i], 1, 150));
    }
    static const char *const truths[] = {"email_verified", "blocked"};
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(object, truths[i]) == NULL)
            continue;
        known++;
        CLAIM(json_is_true(json_object_get(object, truths[i])));
    }
    if (json_object_get(object, "mfa_factors") != NULL) {
        known++;
        check_factors(json_object_get(object, "mfa_factors"));
    }
    /* A block that the import brings is ours, and says so; nothing else gets a mark */
    const json_t *metadata = json_object_get(object, "app_metadata");
    CLAIM((metadata != NULL) == (json_object_get(object, "blocked") != NULL));
    if (metadata != NULL) {
        known++;
        CLAIM(json_object_size(metadata) == 1);
        CLAIM(json_is_true(json_object_get(metadata, AUTH0DB_BLOCK_MARK)));
    }
    CLAIM(json_object_size(object) == known);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const a0_assess_rules rules = {.require_username = size % 2 != 0, .username_max = 20};
    a0_record record;
    a0_assessment assessment;
    a0_buf out = {0};
    static const char id[] = "auth0|0123456789abcdef01234567";
    read_record(&record, data, size);
    a0_assess(&record, &rules, &assessment);
    CLAIM((assessment.disposition == A0_MOVES) == (assessment.reason == AUTH0DB_HOLDOUT_NONE));
    CLAIM(assessment.mfa_moves <= 10 &&
          assessment.mfa_moves + assessment.mfa_stays == record.n_mfa);
    if (assessment.disposition != A0_MOVES)
        return 0;
    out.data = malloc(a0_row_bound(&record) + 1); /* exactly what is promised to be enough */
    CLAIM(out.data != NULL);
    CLAIM(a0_row_write(&out, &record, &assessment, &rules, id, SIZE_MAX));
    CLAIM(out.len <= a0_row_bound(&record));
    check_object(out.data, out.len, &rules);
    free(out.data);
    return 0;
}
