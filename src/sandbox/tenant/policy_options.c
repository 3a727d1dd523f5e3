/* The shapes of the password members of connection options, from Auth0's Management API
 * description. */
#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/policy.h"

/* The lengths, and how many fields may be blocked, are documented (facts/auth0.md 4.2). */
enum { DICTIONARY_MAX = 200, WORD_MAX = 50, FIELDS_MAX = 12, FIELD_MAX = 100 };

/* One object among the options: the helpers below name its members by `path`, and a member that is
 * absent is fine unless it is `need`ed. All answer false with err filled. */
typedef struct part {
    const json_t *object;
    const char *path;
    auth0db_error *err;
} part;

static bool bad(const part *p, const char *key, const char *want)
{
    char where[sizeof p->err->where];
    snprintf(where, sizeof where, "%s%s%s", p->path, key[0] != '\0' ? "." : "", key);
    (void)a0_error_set(p->err, AUTH0DB_ERR_MALFORMED, where, "expected %s", want);
    return false;
}

static bool open_part(part *p, const json_t *parent, const char *key, const char *path,
                      auth0db_error *err)
{
    *p = (part){.object = json_object_get(parent, key), .path = path, .err = err};
    if (p->object == NULL || json_is_null(p->object) || json_is_object(p->object))
        return true;
    return bad(p, "", "an object");
}

/* Where the object is there, its switch must be (documented: facts/auth0.md 4.2). */
static bool need_bool(const part *p, const char *key)
{
    return !json_is_object(p->object) || json_is_boolean(json_object_get(p->object, key)) ||
           bad(p, key, "a boolean");
}

static bool is_range(const part *p, const char *key, long min, long max)
{
    const json_t *value = json_object_get(p->object, key);
    if (value == NULL)
        return true;
    json_int_t n = json_integer_value(value);
    char want[64];
    snprintf(want, sizeof want, "an integer from %ld to %ld", min, max);
    return (json_is_integer(value) && n >= min && n <= max) || bad(p, key, want);
}

static bool one_of(const char *text, const char *const *words)
{
    for (; text != NULL && *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_word(const part *p, const char *key, const char *const *words)
{
    return json_object_get(p->object, key) == NULL || one_of(a0_json_text(p->object, key), words) ||
           bad(p, key, "one of the documented words");
}

static bool is_list(const part *p, const char *key, size_t most, size_t longest)
{
    const json_t *list = json_object_get(p->object, key);
    if (list == NULL)
        return true;
    bool fine = json_is_array(list) && json_array_size(list) <= most;
    for (size_t i = 0; fine && i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        fine = json_is_string(item) && json_string_length(item) <= longest;
    }
    char want[80];
    snprintf(want, sizeof want, "at most %zu strings of at most %zu characters", most, longest);
    return fine || bad(p, key, want);
}

static bool legacy_fine(const json_t *options, auth0db_error *err)
{
    static const char *const levels[] = {"none", "low", "fair", "good", "excellent", NULL};
    part root = {.object = options, .path = "options", .err = err};
    part complexity, history, dictionary, personal;
    return (json_is_null(json_object_get(options, "passwordPolicy")) ||
            is_word(&root, "passwordPolicy", levels)) &&
           open_part(&complexity, options, "password_complexity_options",
                     "options.password_complexity_options", err) &&
           is_range(&complexity, "min_length", 1, 128) &&
           open_part(&history, options, "password_history", "options.password_history", err) &&
           need_bool(&history, "enable") && is_range(&history, "size", 0, 24) &&
           open_part(&dictionary, options, "password_dictionary", "options.password_dictionary",
                     err) &&
           need_bool(&dictionary, "enable") &&
           is_list(&dictionary, "dictionary", DICTIONARY_MAX, WORD_MAX) &&
           open_part(&personal, options, "password_no_personal_info",
                     "options.password_no_personal_info", err) &&
           need_bool(&personal, "enable");
}

/* "Three of four" says nothing of a list that is not those four. */
static bool types_fine(const part *complexity)
{
    static const char *const types[] = {"uppercase", "lowercase", "number", "special", NULL};
    const json_t *chosen = json_object_get(complexity->object, "character_types");
    for (size_t i = 0; i < json_array_size(chosen); i++)
        if (!one_of(json_string_value(json_array_get(chosen, i)), types))
            return bad(complexity, "character_types", "uppercase, lowercase, number or special");
    const char *rule = a0_json_text(complexity->object, "character_type_rule");
    return rule == NULL || strcmp(rule, "all") == 0 || json_array_size(chosen) == 4 ||
           bad(complexity, "character_type_rule", "all four character types beside three_of_four");
}

static bool flexible_fine(const json_t *flexible, auth0db_error *err)
{
#define AT "options.password_options."
    static const char *const rules[] = {"all", "three_of_four", NULL};
    static const char *const allow[] = {"allow", "block", NULL};
    static const char *const excess[] = {"truncate", "error", NULL};
    static const char *const lists[] = {"en_10k", "en_100k", NULL};
    part complexity, history, dictionary, profile;
    return open_part(&complexity, flexible, "complexity", AT "complexity", err) &&
           is_range(&complexity, "min_length", 1, 72) &&
           is_list(&complexity, "character_types", 4, WORD_MAX) &&
           is_word(&complexity, "character_type_rule", rules) &&
           is_word(&complexity, "identical_characters", allow) &&
           is_word(&complexity, "sequential_characters", allow) &&
           is_word(&complexity, "max_length_exceeded", excess) && types_fine(&complexity) &&
           open_part(&history, flexible, "history", AT "history", err) &&
           is_range(&history, "size", 1, 24) &&
           open_part(&dictionary, flexible, "dictionary", AT "dictionary", err) &&
           is_word(&dictionary, "default", lists) &&
           is_list(&dictionary, "custom", DICTIONARY_MAX, WORD_MAX) &&
           open_part(&profile, flexible, "profile_data", AT "profile_data", err) &&
           is_list(&profile, "blocked_fields", FIELDS_MAX, FIELD_MAX);
#undef AT
}

/* The two generations exclude each other (documented: facts/auth0.md 4.2). */
int sb_policy_check_options(const json_t *options, auth0db_error *err)
{
    static const char *const replaced[] = {"passwordPolicy", "password_complexity_options",
                                           "password_history", "password_dictionary",
                                           "password_no_personal_info"};
    auth0db_error unwanted;
    err = err != NULL ? err : &unwanted;
    part flexible;
    if (!open_part(&flexible, options, "password_options", "options.password_options", err))
        return AUTH0DB_ERR_MALFORMED;
    if (!json_is_object(flexible.object))
        return legacy_fine(options, err) ? AUTH0DB_OK : AUTH0DB_ERR_MALFORMED;
    for (size_t i = 0; i < A0_COUNT(replaced); i++)
        if (json_object_get(options, replaced[i]) != NULL)
            return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "options.password_options",
                                "replaces %s: give one or the other", replaced[i]);
    return flexible_fine(flexible.object, err) ? AUTH0DB_OK : AUTH0DB_ERR_MALFORMED;
}
