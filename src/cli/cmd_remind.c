/* auth0db remind: the last users. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "held.h"
#include "lines.h"
#include "reports.h"
#include "run.h"

/* --- mails that the site sends ---------------------------------------------------------------- */

/* A line, and at once: the run waits for its answer before it asks for the next mail. */
static bool ask_for_mail(const auth0db_reset_mail *mail)
{
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "event", "ticket", "key", mail->key,
                  "email", mail->email, "username", mail->username, "given_name", mail->given_name,
                  "family_name", mail->family_name, "url", mail->url, "reason", mail->reason);
    bool ok = line != NULL && json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF &&
              fflush(stdout) == 0;
    json_decref(line);
    return ok;
}

/* {"sent": true}, or {"sent": false, "detail": "..."}. Anything else is no answer. */
static auth0db_mailing read_answer(const char *line, size_t len, char why[AUTH0DB_MAILING_WHY])
{
    auth0db_mailing mailing = AUTH0DB_MAILING_UNKNOWN;
    json_t *answer = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *sent = json_object_get(answer, "sent");
    const char *detail = json_string_value(json_object_get(answer, "detail"));
    snprintf(why, AUTH0DB_MAILING_WHY, "%s", detail != NULL ? detail : "");
    if (json_is_true(sent))
        mailing = AUTH0DB_MAILING_SENT;
    else if (json_is_false(sent))
        mailing = AUTH0DB_MAILING_REFUSED;
    json_decref(answer);
    return mailing;
}

static auth0db_mailing mail_by_site(void *ctx, const auth0db_reset_mail *mail,
                                    char why[AUTH0DB_MAILING_WHY])
{
    char *line;
    size_t len;
    if (!ask_for_mail(mail))
        return AUTH0DB_MAILING_UNKNOWN; /* half a line may be enough for who reads it */
    /* The front end is gone, and the mail may have left. Nobody can tell, so no later run mails
     * this user again unless it is told to. */
    if (lines_next(ctx, &line, &len) != LINE_WHOLE)
        return AUTH0DB_MAILING_UNKNOWN;
    return read_answer(line, len, why);
}

/* Whom a mail can be shown for. */
static void show_sample(const json_t *report)
{
    json_t *line = json_deep_copy(json_object_get(report, "sample"));
    if (json_is_object(line) && json_object_set_new(line, "event", json_string("sample")) == 0 &&
        json_dumpf(line, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(line);
}

/* --- the command ------------------------------------------------------------------------------ */

/* Nobody is told by name, and nothing is sent: it is the same run without its effects. */
static int first_show(run *r, auth0db_remind_options options, double *mails)
{
    json_t *report = NULL;
    if (r->args.yes || r->args.dry_run || options.list)
        return AUTH0DB_OK;
    const screen_mode mode = run_look_ahead(r);
    options.dry_run = true;
    options.told = NULL;
    int rc = auth0db_bulk_remind(r->bulk, &options, &r->err);
    rc = run_preview(r, rc, report_remind, &report);
    r->screen.mode = mode;
    *mails = json_number_value(json_object_get(report, "mails"));
    json_decref(report);
    return rc;
}

/* For a front end that sends the mails: what it must ask before it says --yes. */
static void print_question(const run *r)
{
    question q;
    char deed[64];
    const double mails = json_number_value(json_object_get(r->screen.report, "mails"));
    snprintf(deed, sizeof deed, "Mail %s", screen_number(mails, "user"));
    ask_prepare(r, deed, true, &q);
    json_t *line = json_pack("{s:s, s:s, s:s, s:[s, s]}", "event", "question", "where", q.where,
                             "text", q.text, "answers", q.answers[0], q.answers[1]);
    if (line != NULL && json_dumpf(line, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(line);
}

static int remind(run *r)
{
    auth0db_remind_options options = r->args.remind;
    held_file held = {0};
    lines *answers = NULL;
    int rc = held_open(&held, r->args.csv, &r->err);
    if (rc == AUTH0DB_OK && r->args.ticket) {
        answers = lines_open(STDIN_FILENO);
        if (answers == NULL) {
            r->err = (auth0db_error){.code = AUTH0DB_ERR_NO_MEMORY, .message = "not enough memory"};
            rc = r->err.code;
        }
        options.mail = mail_by_site;
        options.mail_ctx = answers;
    }
    held.table = options.list && r->screen.mode == SCREEN_PEOPLE && held.csv != stdout;
    options.told = held_write;
    options.told_ctx = &held;
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_remind(r->bulk, &options, &r->err);
    lines_close(answers);
    /* The list's own trouble is told only where nothing worse has happened. */
    auth0db_error closing;
    int closed = held_close(&held, &closing);
    if (rc == AUTH0DB_OK && closed != AUTH0DB_OK) {
        r->err = closing;
        rc = closed;
    }
    return rc;
}

int cmd_remind(int argc, char **argv)
{
    run r = {0};
    double mails = 0;
    char deed[64];
    int status = bulk_args_read(&r.args, argc, argv, &remind_command);
    if (status >= 0)
        return status;
    if (r.args.ticket && !r.args.yes && !r.args.dry_run)
        return cli_usage(argv[0], "with --ticket standard input is for answers: say --yes");
    /* Two kinds of lines on one standard output, and no reader could tell them apart. */
    if (r.args.csv != NULL && strcmp(r.args.csv, "-") == 0 && (r.args.ticket || r.args.json))
        return cli_usage(argv[0], "--csv - does not go with --json or --ticket");
    r.args.remind.who = r.args.who;
    r.args.remind.dry_run = r.args.dry_run;
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    status = rc == AUTH0DB_OK ? ask_check_tenant(&r, argv[0]) : -1;
    if (rc == AUTH0DB_OK && status < 0)
        rc = first_show(&r, r.args.remind, &mails);
    snprintf(deed, sizeof deed, "Mail %s", screen_number(mails, "user"));
    if (rc == AUTH0DB_OK && status < 0 && !r.args.remind.list)
        status = ask(&r, argv[0], deed, true);
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = remind(&r);
    if (rc == AUTH0DB_OK && r.args.ticket && r.args.dry_run && r.screen.mode == SCREEN_PEOPLE) {
        show_sample(r.screen.report);
        print_question(&r);
    }
    bool to_stdout = r.args.csv != NULL && strcmp(r.args.csv, "-") == 0;
    return run_end(&r, rc, to_stdout ? NULL : report_remind);
}
