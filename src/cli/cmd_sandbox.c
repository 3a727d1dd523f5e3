/* auth0db sandbox: a local tenant, until it is interrupted. */
#include <getopt.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void help(void)
{
    fputs("Usage: auth0db sandbox [OPTION...]\n\n"
          "Runs a local Auth0 tenant on this machine until it is interrupted.\n\n"
          "  --listen HOST:PORT   loopback address, default 127.0.0.1:0 (0: any free port)\n"
          "  --data FILE          keep users, credentials and keys in this SQLite file\n"
          "  --connection NAME    name of the database connection\n"
          "  --require-username   the connection has usernames\n"
          "  --tls                https, with a throw-away certificate\n"
          "  --job-users-per-second N\n"
          "                       pace of bulk jobs; default 0: as fast as it can\n"
          "  --json               print one line of JSON when ready\n"
          "  --quiet              no line for each request\n"
          "  --help               this text\n\n"
          "How tests steer it: auth0db-sandbox(1).\n",
          stdout);
}

static int print_json(const auth0db_sandbox_info *info)
{
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "url", info->url, "domain", info->domain,
                  "client_id", info->client_id, "client_secret", info->client_secret, "connection",
                  info->connection, "connection_id", info->connection_id);
    if (line != NULL && info->ca_file != NULL)
        json_object_set_new(line, "ca_file", json_string(info->ca_file));
    int rc = line != NULL ? json_dumpf(line, stdout, JSON_COMPACT) : -1;
    json_decref(line);
    return rc == 0 && putchar('\n') != EOF && fflush(stdout) == 0 ? EXIT_DONE : EXIT_TROUBLE;
}

static int print_banner(const auth0db_sandbox_info *info, const char *data)
{
    printf("The sandbox tenant is ready at %s\n\nSettings to paste:\n\n"
           "AUTH0_DOMAIN = \"%s\"\n"
           "AUTH0_CLIENT_ID = \"%s\"\n"
           "AUTH0_CLIENT_SECRET = \"%s\"\n"
           "AUTH0_CONNECTION = \"%s\"\n",
           info->url, info->domain, info->client_id, info->client_secret, info->connection);
    if (info->ca_file != NULL)
        printf("AUTH0_CA_FILE = \"%s\"\n", info->ca_file);
    if (data != NULL)
        printf("\nUsers are kept in %s. Ctrl-C ends it.\n\n", data);
    else
        printf("\nUsers are kept in memory and gone at the end. Ctrl-C ends it.\n\n");
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_TROUBLE;
}

static int run(const auth0db_sandbox_options *options, bool as_json)
{
    auth0db_sandbox *sandbox;
    auth0db_error err;
    sigset_t ends;
    int number;
    /* blocked before any thread starts, so that no thread but this one ever takes them */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (auth0db_sandbox_start(&sandbox, options, &err) != AUTH0DB_OK)
        return cli_fail(&err);
    const auth0db_sandbox_info *info = auth0db_sandbox_get_info(sandbox);
    int status = as_json ? print_json(info) : print_banner(info, options->data);
    /* Whoever cannot be told the address cannot use it: then it ends at once. */
    if (status == EXIT_DONE)
        sigwait(&ends, &number);
    auth0db_sandbox_stop(sandbox);
    return status;
}

static bool read_number(const char *text, unsigned *out)
{
    char *end;
    long number = strtol(text, &end, 10);
    *out = (unsigned)number;
    return end != text && *end == '\0' && number >= 0 && number <= 1000000;
}

int cmd_sandbox(int argc, char **argv)
{
    static const struct option known[] = {{"connection", required_argument, NULL, 'c'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"job-users-per-second", required_argument, NULL, 's'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"listen", required_argument, NULL, 'l'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"require-username", no_argument, NULL, 'u'},
                                          {"tls", no_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    auth0db_sandbox_options options = {.size = sizeof options};
    bool as_json = false;
    int choice;
    opterr = 0;
    while ((choice = getopt_long(argc, argv, "+h", known, NULL)) != -1) {
        switch (choice) {
        case 'c':
            options.connection = optarg;
            break;
        case 'd':
            options.data = optarg;
            break;
        case 'h':
            help();
            return EXIT_DONE;
        case 'j':
            as_json = true;
            break;
        case 'l':
            options.listen = optarg;
            break;
        case 'q':
            options.quiet = true;
            break;
        case 's':
            if (!read_number(optarg, &options.job_users_per_second))
                return cli_usage("sandbox",
                                 "--job-users-per-second: '%s' is not a number up to "
                                 "1000000",
                                 optarg);
            break;
        case 'u':
            options.require_username = true;
            break;
        case 't':
            options.tls = true;
            break;
        default:
            return cli_usage("sandbox", "'%s' is not an option, or lacks its value",
                             argv[optind - 1]);
        }
    }
    if (optind < argc)
        return cli_usage("sandbox", "'%s' is not expected", argv[optind]);
    return run(&options, as_json);
}
