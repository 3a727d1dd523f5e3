#include "bulk_args.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values that are more than a text: NULL, or what is wrong with one --- */

static bool read_number(const char *text, uint64_t most, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && *out > 0 &&
           *out <= most;
}

static bool read_small(const char *text, uint64_t most, unsigned *out)
{
    uint64_t number;
    bool ok = read_number(text, most, &number);
    *out = ok ? (unsigned)number : 0;
    return ok;
}

static const char *read_limit(bulk_args *args, const char *value)
{
    return read_number(value, UINT64_MAX, &args->who.limit) ? NULL : "is a number of users";
}

static const char *read_entries(bulk_args *args, const char *value)
{
    return read_number(value, UINT64_MAX, &args->log.entries) ? NULL : "is a number of log entries";
}

static const char *read_duplicates(bulk_args *args, const char *value)
{
    bool recent = strcmp(value, "most-recent") == 0;
    args->who.duplicates = recent ? AUTH0DB_DUPLICATES_MOST_RECENT : AUTH0DB_DUPLICATES_SKIP;
    return recent || strcmp(value, "skip") == 0 ? NULL : "is skip or most-recent";
}

static const char *read_domain(bulk_args *args, const char *value)
{
    args->remind.domain = value;
    return value[0] != '\0' && strchr(value, '@') == NULL ? NULL : "is a domain: example.org";
}

static const char *read_rate(bulk_args *args, const char *value)
{
    enum { RATE_MAX = 60000 };
    return read_small(value, RATE_MAX, &args->remind.rate) ? NULL : "is 1 to 60000 mails a minute";
}

static const char *read_ticket_ttl(bulk_args *args, const char *value)
{
    enum { TTL_MAX = 30 * 86400 };
    return read_small(value, TTL_MAX, &args->remind.link_ttl_s) ? NULL : "is 1 to 2592000 seconds";
}

static const char *read_in_air(bulk_args *args, const char *value)
{
    bool sent = strcmp(value, "sent") == 0;
    args->remind.in_air = sent ? AUTH0DB_IN_AIR_SENT : AUTH0DB_IN_AIR_RESEND;
    return sent || strcmp(value, "resend") == 0 ? NULL : "is sent or resend";
}

static const char *read_email(bulk_args *args, const char *value)
{
    args->email = value;
    return strchr(value, '=') != NULL ? NULL : "is USER=new@address";
}

/* --- the options --- */

typedef enum kind { FLAG, TEXT, READ } kind;

static const struct known_option {
    const char *name;
    unsigned takes; /* 0: every subcommand does */
    kind kind;
    size_t at;                                               /* FLAG: a bool, TEXT: its pointer */
    const char *(*read)(bulk_args *args, const char *value); /* READ */
} known[] = {
#define AT(member) offsetof(bulk_args, member)
    {"site-map", 0, TEXT, AT(site_map)},
    {"json", 0, FLAG, AT(json)},
    {"help", 0, FLAG, AT(help)},
    {"duplicates", TAKES_SELECTION, READ, .read = read_duplicates},
    {"only-active", TAKES_SELECTION, FLAG, AT(who.only_active)},
    {"retry-held", TAKES_SELECTION, FLAG, AT(who.retry_held)},
    {"since-login", TAKES_SELECTION, TEXT, AT(who.since_login)},
    {"limit", TAKES_SELECTION, READ, .read = read_limit},
    {"no-canary", TAKES_CANARY, FLAG, AT(no_canary)},
    {"dry-run", TAKES_DRY_RUN, FLAG, AT(dry_run)},
    {"yes", TAKES_YES, FLAG, AT(yes)},
    {"csv", TAKES_CSV, TEXT, AT(csv)},
    {"reason", TAKES_REASON, TEXT, AT(reason)},
    {"job", TAKES_JOB, TEXT, AT(job)},
    {"file", TAKES_JOB, TEXT, AT(file)},
    {"no-tenant", TAKES_NO_TENANT, FLAG, AT(no_tenant)},
    {"since", TAKES_LOG, TEXT, AT(log.since)},
    {"entries", TAKES_LOG, READ, .read = read_entries},
    {"not-since", TAKES_REMIND, TEXT, AT(remind.not_since)},
    {"domain", TAKES_REMIND, READ, .read = read_domain},
    {"rate", TAKES_REMIND, READ, .read = read_rate},
    {"ticket", TAKES_REMIND, FLAG, AT(ticket)},
    {"ticket-ttl", TAKES_REMIND, READ, .read = read_ticket_ttl},
    {"in-air", TAKES_REMIND, READ, .read = read_in_air},
    {"list", TAKES_REMIND, FLAG, AT(remind.list)},
    {"even-if-hash-could-move", TAKES_REMIND, FLAG, AT(remind.even_if_hash_could_move)},
    {"without-password", TAKES_REMIND, FLAG, AT(remind.without_password)},
    {"keep", TAKES_RESOLUTION, TEXT, AT(keep)},
    {"email", TAKES_RESOLUTION, READ, .read = read_email},
    {"retry", TAKES_RESOLUTION, TEXT, AT(retry)},
    {"switch-over", TAKES_SWITCH_OVER, FLAG, AT(switch_over)},
    {"factors-settled", TAKES_SWITCH_OVER, FLAG, AT(factors_settled)},
    {"with-factors", TAKES_FACTORS, FLAG, AT(who.with_factors)},
#undef AT
};
enum { N_KNOWN = sizeof known / sizeof known[0], FIRST = 1000 /* getopt's value for known[0] */ };

static const char *take(bulk_args *args, const struct known_option *option, const char *value)
{
    void *to = (char *)args + option->at;
    if (option->kind == READ)
        return option->read(args, value);
    if (option->kind == FLAG)
        *(bool *)to = true;
    else
        *(const char **)to = value;
    return NULL;
}

/* The options that a subcommand takes, as getopt wants them. */
static void choose(struct option out[N_KNOWN + 1], unsigned takes)
{
    size_t n = 0;
    memset(out, 0, (N_KNOWN + 1) * sizeof *out);
    for (int i = 0; i < N_KNOWN; i++) {
        if (known[i].takes == 0 || (known[i].takes & takes) != 0)
            out[n++] = (struct option){known[i].name,
                                       known[i].kind == FLAG ? no_argument : required_argument,
                                       NULL, FIRST + i};
    }
}

int bulk_args_read(bulk_args *args, int argc, char **argv, unsigned takes, const char *const *help)
{
    struct option options[N_KNOWN + 1];
    int choice;
    *args = (bulk_args){.who.size = sizeof args->who,
                        .log.size = sizeof args->log,
                        .remind.size = sizeof args->remind};
    choose(options, takes);
    opterr = 0;
    while ((choice = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (choice == '?')
            return cli_usage(argv[0], "'%s' is not an option, or lacks its value",
                             argv[optind - 1]);
        const struct known_option *option = choice != 'h' ? &known[choice - FIRST] : NULL;
        const char *wrong = option != NULL ? take(args, option, optarg) : NULL;
        if (wrong != NULL)
            return cli_usage(argv[0], "--%s %s", option->name, wrong);
        if (option == NULL || args->help) {
            for (; *help != NULL; help++)
                fputs(*help, stdout);
            return EXIT_DONE;
        }
    }
    if ((takes & TAKES_FOLDER) != 0) {
        if (optind >= argc)
            return cli_usage(argv[0], "which folder?");
        args->folder = argv[optind++];
    }
    return optind < argc ? cli_usage(argv[0], "'%s' is not expected", argv[optind]) : -1;
}
