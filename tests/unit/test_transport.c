/* To whom a password goes: what the client trusts, where it lets itself be sent, by which way. In
 * every case here that is refused, no byte of the request may have reached the other side. */
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/env.h"
#include "http/transport.h"
#include "script.h"
#include "tls_server.h"
#include "unit.h"

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static char folder[64], machine[64]; /* CAs of the test, and those "of the machine" */
static auth0db_error err;
static a0_http_response response;

/* The CAs of the machine that the tests run on stay out of it: libcurl is given ours instead. */
int X509_STORE_load_path(X509_STORE *store, const char *dir)
{
    int (*real)(X509_STORE *, const char *) =
        (int (*)(X509_STORE *, const char *))dlsym(RTLD_NEXT, "X509_STORE_load_path");
    return real(store, strncmp(dir, folder, strlen(folder)) == 0 ? dir : machine);
}

int X509_STORE_load_file(X509_STORE *store, const char *file)
{
    int (*real)(X509_STORE *, const char *) =
        (int (*)(X509_STORE *, const char *))dlsym(RTLD_NEXT, "X509_STORE_load_file");
    return strncmp(file, folder, strlen(folder)) == 0 ? real(store, file) : 1;
}

static void begin(void)
{
    const char *tmp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    ck_assert_int_lt(snprintf(folder, sizeof folder, "%.30s/auth0db-cas-XXXXXX", tmp), 64);
    ck_assert_int_lt(snprintf(machine, sizeof machine, "%.30s/auth0db-machine-XXXXXX", tmp), 64);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_ptr_nonnull(mkdtemp(machine));
}

static void end(void)
{
    a0_http_response_clear(&response);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(rmdir(machine), 0);
}

static a0_http *transport(const char *server, const char *ca_file, const char *proxy)
{
    a0_base_url url;
    a0_http *http;
    ck_assert_int_eq(a0_base_url_parse(&url, server, "server", &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_http_new(&http, &url, ca_file, proxy, 2000, &err), AUTH0DB_OK);
    return http;
}

/* A login, as far as the transport is concerned. */
static int post_by(a0_http *http, const char *server, const char *path)
{
    a0_http_request request = {.method = "POST",
                               .content_type = "application/x-www-form-urlencoded"};
    ck_assert_int_eq(a0_buf_printf(&request.url, "%s%s", server, path), AUTH0DB_OK);
    ck_assert_int_eq(a0_http_add_field(&request, "password", "x", 1), AUTH0DB_OK);
    int rc = a0_http_send(http, &request, 3000, &response, &err);
    a0_http_request_clear(&request);
    return rc;
}

static int post(const char *server, const char *path, const char *ca_file, const char *proxy)
{
    a0_http *http = transport(server, ca_file, proxy);
    int rc = post_by(http, server, path);
    a0_http_free(http);
    return rc;
}

static int post_tls(const tls_server *s, const char *ca_file)
{
    char server[64];
    snprintf(server, sizeof server, "https://localhost:%d", tls_server_port(s));
    return post(server, "/oauth/token", ca_file, NULL);
}

START_TEST(a_server_with_the_right_name_and_a_trusted_certificate_is_asked)
{
    begin();
    authority *ours = authority_make(folder, "ours");
    tls_server *s = tls_server_start(ours, "localhost", 0, HELLO);
    ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_OK);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_gt(tls_server_heard(s), 0);
    tls_server_stop(s);
    authority_free(ours);
    end();
}
END_TEST

/* Else anybody with a certificate for any name at all, who sits on the way, reads every password.
 */
START_TEST(a_certificate_for_another_name_gets_no_password)
{
    begin();
    authority *ours = authority_make(folder, "ours");
    tls_server *s = tls_server_start(ours, "other.example", 0, HELLO);
    ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_ERR_UNTRUSTED);
    ck_assert_uint_eq(tls_server_heard(s), 0);
    tls_server_stop(s);
    authority_free(ours);
    end();
}
END_TEST

START_TEST(a_certificate_of_an_unknown_authority_gets_no_password)
{
    begin();
    authority *ours = authority_make(folder, "ours"), *theirs = authority_make(folder, "theirs");
    tls_server *s = tls_server_start(theirs, "localhost", 0, HELLO);
    ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_ERR_UNTRUSTED);
    ck_assert_int_eq(post_tls(s, NULL), AUTH0DB_ERR_UNTRUSTED);
    ck_assert_uint_eq(tls_server_heard(s), 0);
    tls_server_stop(s);
    authority_free(ours);
    authority_free(theirs);
    end();
}
END_TEST

/* AUTH0_CA_FILE says *instead*: of the hundred and fifty authorities of a machine one may have been
 * put there by an employer or a thief. */
START_TEST(with_a_ca_file_the_machines_authorities_count_for_nothing)
{
    begin();
    authority *ours = authority_make(folder, "ours"), *public = authority_make(machine, "public");
    tls_server *s = tls_server_start(public, "localhost", 0, HELLO);
    ck_assert_int_eq(post_tls(s, NULL), AUTH0DB_OK); /* the machine trusts it ... */
    size_t heard = tls_server_heard(s);
    ck_assert_uint_gt(heard, 0);
    ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_ERR_UNTRUSTED); /* ... we do not */
    ck_assert_uint_eq(tls_server_heard(s), heard);
    tls_server_stop(s);
    authority_free(ours);
    authority_free(public);
    end();
}
END_TEST

/* This program's OpenSSL is set to take everything, as on a machine with some old device: else it
 * would be OpenSSL that refuses, and not we. It reads its settings at its first use, which is
 * before any case runs, where the key of all certificates is made. */
__attribute__((constructor)) static void let_openssl_take_everything(void)
{
    static const char lenient[] = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                                  "[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n";
    char path[40];
    int fd = memfd_create("openssl.cnf", 0);
    if (fd < 0 || write(fd, lenient, sizeof lenient - 1) != (ssize_t)(sizeof lenient - 1))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    setenv("OPENSSL_CONF", path, 1);
}

START_TEST(tls_older_than_1_2_gets_no_password)
{
    static const int old[] = {TLS1_VERSION, TLS1_1_VERSION};
    begin();
    authority *ours = authority_make(folder, "ours");
    for (size_t i = 0; i < A0_COUNT(old); i++) {
        tls_server *s = tls_server_start(ours, "localhost", old[i], HELLO);
        ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_ERR_UNTRUSTED);
        ck_assert_uint_eq(tls_server_heard(s), 0);
        tls_server_stop(s);
    }
    tls_server *s = tls_server_start(ours, "localhost", TLS1_2_VERSION, HELLO);
    ck_assert_int_eq(post_tls(s, authority_file(ours)), AUTH0DB_OK);
    tls_server_stop(s);
    authority_free(ours);
    end();
}
END_TEST

static script_answer redirect(void *ctx, const script_request *request)
{
    char head[200];
    const script *elsewhere = ctx;
    if (strcmp(request->path, "/end") == 0)
        return script_reply(200, "", "{}");
    snprintf(head, sizeof head, "Location: %s/end\r\n", script_url(elsewhere));
    return script_reply(atoi(request->path + 1), head, "{}");
}

/* A tenant, or whoever speaks for it, must not be able to send a password on to another host, nor
 * have another host's answer taken for its own. */
START_TEST(a_redirect_is_an_answer_and_is_not_followed)
{
    static const char *const paths[] = {"/301", "/302", "/303", "/307", "/308"};
    begin();
    script *elsewhere = script_start(redirect, NULL);
    script *server = script_start(redirect, elsewhere);
    for (size_t i = 0; i < A0_COUNT(paths); i++) {
        ck_assert_int_eq(post(script_url(server), paths[i], NULL, NULL), AUTH0DB_OK);
        ck_assert_int_eq(response.status, atoi(paths[i] + 1));
        ck_assert_uint_eq(script_requests(elsewhere), 0);
    }
    ck_assert_uint_eq(script_requests(server), A0_COUNT(paths));
    script_stop(server);
    script_stop(elsewhere);
    end();
}
END_TEST

static script_answer with_headers(void *ctx, const script_request *request)
{
    static const char said[] = "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                               "HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Last: 2\r\n"
                               "Content-Length: 2\r\n\r\n{}";
    return script_raw(said, sizeof said - 1);
}

/* A limit that is overheard would be asked past; one of an answer before the answer is not the
 * answer's. */
START_TEST(all_headers_of_the_last_answer_are_kept_and_none_of_one_before_it)
{
    char value[10];
    begin();
    script *server = script_start(with_headers, NULL);
    ck_assert_int_eq(post(script_url(server), "/", NULL, NULL), AUTH0DB_OK);
    ck_assert(a0_http_header(&response, "x-first", value, sizeof value));
    ck_assert(a0_http_header(&response, "x-last", value, sizeof value));
    ck_assert(!a0_http_header(&response, "x-early", value, sizeof value));
    script_stop(server);
    end();
}
END_TEST

static int send_to(script *server, a0_http_request *request)
{
    a0_http *http = transport(script_url(server), NULL, NULL);
    ck_assert_int_eq(a0_buf_printf(&request->url, "%s/end", script_url(server)), AUTH0DB_OK);
    int rc = a0_http_send(http, request, 5000, &response, &err);
    a0_http_request_clear(request);
    a0_http_free(http);
    return rc;
}

START_TEST(a_body_in_three_parts_arrives_whole_and_in_order)
{
    enum { LEN = 300 * 1000 };
    begin();
    script *server = script_start(redirect, NULL);
    char *payload = malloc(LEN);
    for (size_t i = 0; i < LEN; i++)
        payload[i] = (char)('a' + i % 23);
    a0_http_request request = {.method = "POST",
                               .content_type = "application/json",
                               .payload = payload,
                               .payload_len = LEN};
    ck_assert_int_eq(a0_buf_puts(&request.body, "begin"), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&request.tail, "end"), AUTH0DB_OK);
    ck_assert_int_eq(send_to(server, &request), AUTH0DB_OK);
    const script_request *sent = script_request_at(server, 1);
    ck_assert_uint_eq(sent->body_len, LEN + 8);
    ck_assert(memcmp(sent->body, "begin", 5) == 0 && memcmp(sent->body + 5, payload, LEN) == 0);
    ck_assert_str_eq(sent->body + 5 + LEN, "end");
    ck_assert_ptr_nonnull(strcasestr(sent->head, "\r\ncontent-type: application/json\r\n"));
    free(payload);
    script_stop(server);
    end();
}
END_TEST

START_TEST(a_request_without_a_body_has_neither_length_nor_type)
{
    begin();
    script *server = script_start(redirect, NULL);
    a0_http_request request = {.method = "GET"};
    ck_assert_int_eq(send_to(server, &request), AUTH0DB_OK);
    const script_request *sent = script_request_at(server, 1);
    ck_assert_str_eq(sent->method, "GET");
    ck_assert_ptr_null(strcasestr(sent->head, "content-"));
    script_stop(server);
    end();
}
END_TEST

static script_answer refuse(void *ctx, const script_request *request)
{
    script_answer no = script_reply(403, "", "{}");
    no.hang_up = true;
    return no;
}

/* 192.0.2.1 is nobody's address (RFC 5737): only a proxy would take a request for it. */
#define NOBODY "https://192.0.2.1"

START_TEST(the_environments_proxy_is_not_asked_and_the_settings_is)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy",
                                        "all_proxy",   "ALL_PROXY",   "HTTP_PROXY"};
    begin();
    script *proxy = script_start(refuse, NULL);
    for (size_t i = 0; i < A0_COUNT(names); i++)
        ck_assert_int_eq(setenv(names[i], script_url(proxy), 1), 0);
    ck_assert_int_ne(post(NOBODY, "/oauth/token", NULL, NULL), AUTH0DB_OK);
    ck_assert_uint_eq(script_requests(proxy), 0);
    ck_assert_int_eq(setenv("no_proxy", "*", 1), 0); /* nor may it lead past the setting's */
    ck_assert_int_eq(setenv("NO_PROXY", "*", 1), 0);
    ck_assert_int_ne(post(NOBODY, "/oauth/token", NULL, script_url(proxy)), AUTH0DB_OK);
    ck_assert_uint_eq(script_requests(proxy), 1);
    const script_request *asked = script_request_at(proxy, 1);
    ck_assert_str_eq(asked->method, "CONNECT");
    ck_assert_str_eq(asked->path, "192.0.2.1:443");
    ck_assert_ptr_null(strstr(asked->head, "password"));
    script_stop(proxy);
    end();
}
END_TEST

START_TEST(a_server_on_this_machine_is_asked_without_a_proxy)
{
    begin();
    script *proxy = script_start(refuse, NULL), *server = script_start(redirect, NULL);
    ck_assert_int_eq(post(script_url(server), "/end", NULL, script_url(proxy)), AUTH0DB_OK);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_eq(script_requests(proxy), 0);
    script_stop(server);
    script_stop(proxy);
    end();
}
END_TEST

START_TEST(a_proxy_is_named_by_an_address_and_an_error_never_quotes_it)
{
    static const char *const good[] = {"http://proxy.example:3128", "https://proxy.example",
                                       "socks5://127.0.0.1:1080", "SOCKS5h://u:p@proxy.example:1"};
    static const char *const bad[] = {"proxy.example:3128",  "http://",
                                      "ftp://proxy.example", "http://proxy.example\r\nX: 1",
                                      "http://pro xy",       "http://hunter2\x7f"};
    char huge[2000] = "http://";
    memset(huge + 7, 'x', sizeof huge - 8);
    for (size_t i = 0; i < A0_COUNT(good); i++)
        ck_assert_int_eq(a0_http_check_proxy(good[i], &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_http_check_proxy(huge, &err), AUTH0DB_ERR_OPTION);
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        ck_assert_msg(a0_http_check_proxy(bad[i], &err) == AUTH0DB_ERR_OPTION, "%s", bad[i]);
        ck_assert_str_eq(err.where, "AUTH0_PROXY");
        ck_assert_ptr_null(strstr(err.message, "hunter2"));
    }
}
END_TEST

static volatile sig_atomic_t hits;

static void hit(int number)
{
    hits++;
}

/* As the kernel does it to whoever writes to a peer that has hung up. */
static script_answer raise_sigpipe(void *ctx, const script_request *request)
{
    if (request->number == 1)
        kill(getpid(), SIGPIPE);
    return script_reply(200, "", "{}");
}

/* Else a tenant that hangs up ends the worker, or a signal that the site waits for is gone. */
START_TEST(a_broken_pipe_of_ours_ends_nobody_and_one_of_the_sites_stays)
{
    sigset_t pipe, pending;
    script *server;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    begin();
    pthread_sigmask(SIG_BLOCK, &pipe, NULL); /* the server's threads inherit it: they take none */
    server = script_start(raise_sigpipe, NULL);
    signal(SIGPIPE, hit);
    pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
    a0_http *http = transport(script_url(server), NULL, NULL);
    ck_assert_int_eq(post_by(http, script_url(server), "/"), AUTH0DB_OK);
    ck_assert_int_eq(hits, 0);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    raise(SIGPIPE);
    ck_assert_int_eq(post_by(http, script_url(server), "/"), AUTH0DB_OK);
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE), 1);
    a0_http_free(http); /* which closes what is left open */
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE), 1);
    ck_assert_int_eq(hits, 0);
    pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
    ck_assert_int_eq(hits, 1);
    signal(SIGPIPE, SIG_DFL);
    script_stop(server);
    end();
}
END_TEST

UNIT_MAIN("transport", a_server_with_the_right_name_and_a_trusted_certificate_is_asked,
          a_certificate_for_another_name_gets_no_password,
          a_certificate_of_an_unknown_authority_gets_no_password,
          with_a_ca_file_the_machines_authorities_count_for_nothing,
          tls_older_than_1_2_gets_no_password,
          all_headers_of_the_last_answer_are_kept_and_none_of_one_before_it,
          a_body_in_three_parts_arrives_whole_and_in_order,
          a_request_without_a_body_has_neither_length_nor_type,
          a_redirect_is_an_answer_and_is_not_followed,
          the_environments_proxy_is_not_asked_and_the_settings_is,
          a_server_on_this_machine_is_asked_without_a_proxy,
          a_proxy_is_named_by_an_address_and_an_error_never_quotes_it,
          a_broken_pipe_of_ours_ends_nobody_and_one_of_the_sites_stays)
