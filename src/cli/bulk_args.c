#include "bulk_args.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_SITE_MAP = 1000,
    OPT_JSON,
    OPT_HELP,
    OPT_DUPLICATES,
    OPT_ONLY_ACTIVE,
    OPT_RETRY_HELD,
    OPT_SINCE_LOGIN,
    OPT_LIMIT,
    OPT_NO_CANARY,
    OPT_DRY_RUN,
    OPT_YES,
    OPT_CSV,
    OPT_REASON,
    OPT_JOB,
    OPT_FILE,
    OPT_NO_TENANT,
    OPT_SINCE,
    OPT_ENTRIES,
    OPT_NOT_SINCE,
    OPT_DOMAIN,
    OPT_RATE,
    OPT_TICKET,
    OPT_TICKET_TTL,
    OPT_IN_AIR,
    OPT_LIST,
    OPT_COULD_MOVE,
    OPT_KEEP,
    OPT_EMAIL,
    OPT_RETRY,
    OPT_SWITCH_OVER
};

static const struct {
    struct option option;
    unsigned takes; /* 0: every subcommand does */
} known[] = {
    {{"site-map", required_argument, NULL, OPT_SITE_MAP}, 0},
    {{"json", no_argument, NULL, OPT_JSON}, 0},
    {{"help", no_argument, NULL, OPT_HELP}, 0},
    {{"duplicates", required_argument, NULL, OPT_DUPLICATES}, TAKES_SELECTION},
    {{"only-active", no_argument, NULL, OPT_ONLY_ACTIVE}, TAKES_SELECTION},
    {{"retry-held", no_argument, NULL, OPT_RETRY_HELD}, TAKES_SELECTION},
    {{"since-login", required_argument, NULL, OPT_SINCE_LOGIN}, TAKES_SELECTION},
    {{"limit", required_argument, NULL, OPT_LIMIT}, TAKES_SELECTION},
    {{"no-canary", no_argument, NULL, OPT_NO_CANARY}, TAKES_CANARY},
    {{"dry-run", no_argument, NULL, OPT_DRY_RUN}, TAKES_DRY_RUN},
    {{"yes", no_argument, NULL, OPT_YES}, TAKES_YES},
    {{"csv", required_argument, NULL, OPT_CSV}, TAKES_CSV},
    {{"reason", required_argument, NULL, OPT_REASON}, TAKES_REASON},
    {{"job", required_argument, NULL, OPT_JOB}, TAKES_JOB},
    {{"file", required_argument, NULL, OPT_FILE}, TAKES_JOB},
    {{"no-tenant", no_argument, NULL, OPT_NO_TENANT}, TAKES_NO_TENANT},
    {{"since", required_argument, NULL, OPT_SINCE}, TAKES_LOG},
    {{"entries", required_argument, NULL, OPT_ENTRIES}, TAKES_LOG},
    {{"not-since", required_argument, NULL, OPT_NOT_SINCE}, TAKES_REMIND},
    {{"domain", required_argument, NULL, OPT_DOMAIN}, TAKES_REMIND},
    {{"rate", required_argument, NULL, OPT_RATE}, TAKES_REMIND},
    {{"ticket", no_argument, NULL, OPT_TICKET}, TAKES_REMIND},
    {{"ticket-ttl", required_argument, NULL, OPT_TICKET_TTL}, TAKES_REMIND},
    {{"in-air", required_argument, NULL, OPT_IN_AIR}, TAKES_REMIND},
    {{"list", no_argument, NULL, OPT_LIST}, TAKES_REMIND},
    {{"even-if-hash-could-move", no_argument, NULL, OPT_COULD_MOVE}, TAKES_REMIND},
    {{"keep", required_argument, NULL, OPT_KEEP}, TAKES_RESOLUTION},
    {{"email", required_argument, NULL, OPT_EMAIL}, TAKES_RESOLUTION},
    {{"retry", required_argument, NULL, OPT_RETRY}, TAKES_RESOLUTION},
    {{"switch-over", no_argument, NULL, OPT_SWITCH_OVER}, TAKES_SWITCH_OVER},
};
enum { N_KNOWN = sizeof known / sizeof known[0] };

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && *out > 0;
}

static bool read_duplicates(const char *text, auth0db_duplicates *out)
{
    bool recent = strcmp(text, "most-recent") == 0;
    *out = recent ? AUTH0DB_DUPLICATES_MOST_RECENT : AUTH0DB_DUPLICATES_SKIP;
    return recent || strcmp(text, "skip") == 0;
}

static bool read_small(const char *text, uint64_t most, unsigned *out)
{
    uint64_t number = 0;
    bool ok = read_number(text, &number) && number <= most;
    *out = ok ? (unsigned)number : 0;
    return ok;
}

static bool read_in_air(const char *text, auth0db_in_air *out)
{
    bool sent = strcmp(text, "sent") == 0;
    *out = sent ? AUTH0DB_IN_AIR_SENT : AUTH0DB_IN_AIR_RESEND;
    return sent || strcmp(text, "resend") == 0;
}

static const char *take_remind(bulk_args *args, int choice, const char *value)
{
    enum { RATE_MAX = 60000, TTL_MAX = 30 * 86400 };
    auth0db_remind_options *remind = &args->remind;
    switch (choice) {
    case OPT_NOT_SINCE:
        remind->not_since = value;
        break;
    case OPT_DOMAIN:
        remind->domain = value;
        return value[0] != '\0' && strchr(value, '@') == NULL ? NULL : "is a domain: example.org";
    case OPT_RATE:
        return read_small(value, RATE_MAX, &remind->rate) ? NULL : "is 1 to 60000 mails a minute";
    case OPT_TICKET:
        args->ticket = true;
        break;
    case OPT_TICKET_TTL:
        return read_small(value, TTL_MAX, &remind->link_ttl_s) ? NULL : "is 1 to 2592000 seconds";
    case OPT_IN_AIR:
        return read_in_air(value, &remind->in_air) ? NULL : "is sent or resend";
    case OPT_LIST:
        remind->list = true;
        break;
    case OPT_COULD_MOVE:
        remind->even_if_hash_could_move = true;
        break;
    }
    return NULL;
}

/* NULL, or what is wrong with the value. */
static const char *take(bulk_args *args, int choice, const char *value)
{
    switch (choice) {
    case OPT_SITE_MAP:
        args->site_map = value;
        break;
    case OPT_JSON:
        args->json = true;
        break;
    case OPT_DUPLICATES:
        return read_duplicates(value, &args->who.duplicates) ? NULL : "is skip or most-recent";
    case OPT_RETRY_HELD:
        args->who.retry_held = true;
        break;
    case OPT_ONLY_ACTIVE:
        args->who.only_active = true;
        break;
    case OPT_SINCE_LOGIN:
        args->who.since_login = value;
        break;
    case OPT_LIMIT:
        return read_number(value, &args->who.limit) ? NULL : "is a number of users";
    case OPT_NO_CANARY:
        args->no_canary = true;
        break;
    case OPT_DRY_RUN:
        args->dry_run = true;
        break;
    case OPT_YES:
        args->yes = true;
        break;
    case OPT_CSV:
        args->csv = value;
        break;
    case OPT_REASON:
        args->reason = value;
        break;
    case OPT_JOB:
        args->job = value;
        break;
    case OPT_FILE:
        args->file = value;
        break;
    case OPT_NO_TENANT:
        args->no_tenant = true;
        break;
    case OPT_KEEP:
        args->keep = value;
        break;
    case OPT_EMAIL:
        args->email = value;
        return strchr(value, '=') != NULL ? NULL : "is USER=new@address";
    case OPT_RETRY:
        args->retry = value;
        break;
    case OPT_SWITCH_OVER:
        args->switch_over = true;
        break;
    case OPT_SINCE:
        args->log.since = value;
        break;
    case OPT_ENTRIES:
        return read_number(value, &args->log.entries) ? NULL : "is a number of log entries";
    default:
        return take_remind(args, choice, value);
    }
    return NULL;
}

static const char *option_name(int choice)
{
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (known[i].option.val == choice)
            return known[i].option.name;
    }
    return "";
}

int bulk_args_read(bulk_args *args, int argc, char **argv, unsigned takes, const char *const *help)
{
    struct option options[N_KNOWN + 1] = {{0}};
    size_t n = 0;
    int choice;
    *args = (bulk_args){.who.size = sizeof args->who,
                        .log.size = sizeof args->log,
                        .remind.size = sizeof args->remind};
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (known[i].takes == 0 || (known[i].takes & takes) != 0)
            options[n++] = known[i].option;
    }
    opterr = 0;
    while ((choice = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (choice == OPT_HELP || choice == 'h') {
            for (; *help != NULL; help++)
                fputs(*help, stdout);
            return EXIT_DONE;
        }
        if (choice == '?')
            return cli_usage(argv[0], "'%s' is not an option, or lacks its value",
                             argv[optind - 1]);
        const char *wrong = take(args, choice, optarg);
        if (wrong != NULL)
            return cli_usage(argv[0], "--%s %s", option_name(choice), wrong);
    }
    if ((takes & TAKES_FOLDER) != 0) {
        if (optind >= argc)
            return cli_usage(argv[0], "which folder?");
        args->folder = argv[optind++];
    }
    return optind < argc ? cli_usage(argv[0], "'%s' is not expected", argv[optind]) : -1;
}
