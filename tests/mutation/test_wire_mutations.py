"""Each rule about whom the client believes, taken out of the source, must make its case fail."""
import pytest

from mutants import ROOT, case_breaks, mutant, objects, run

SUPPORT = ("support/script.c", "support/tenant.c", "support/tls_server.c")
CLAIMS = "an_id_token_that_is_not_for_us_or_not_for_now_is_no_login"
TIMES = "clocks_may_differ_by_a_minute"
USES = "a_key_is_for_rs256_signatures_or_does_not_say_what_for"
SPELLING = "a_second_spelling_of_the_same_signature_is_refused"
BITS = "keys_have_2048_to_8192_bits"
PROXIES = "the_environments_proxy_is_not_asked_and_the_settings_is"
DOUBT = "one_failure_is_no_outage_and_another_persons_makes_it_one"
PAIR = "a_limit_told_to_one_login_holds_for_that_name_and_address"
WHO = "who_is_it_is_the_table_on_every_path"
GRANTS = "password_grant_as_auth0_documents_and_shows_it"

HELD = "what_changes_something_at_the_tenant_is_held_back_unsent"

# (what is lost, the suite, the file, the rule as it stands, what a careless edit would leave, the case that must break)
MUTATIONS = [
    ("a staging copy sets its test passwords for real people", "calls", "auth0/call.c",
     "    if (is_held(call, op))\n        return AUTH0DB_OUTCOME_HELD;\n", "", HELD),
    ("a staging copy deletes real people", "calls", "auth0/call.c",
     "[A0_OP_GET_JOB] = true, [A0_OP_GET_PROVIDER] = true,", "[A0_OP_GET_JOB] = true, [A0_OP_DELETE_USER] = true,", HELD),
    ("a staging copy has real people mailed", "calls", "auth0/call.c",
     "[A0_OP_GET_JOB] = true, [A0_OP_GET_PROVIDER] = true,", "[A0_OP_GET_JOB] = true, [A0_OP_RESET_MAIL] = true,", HELD),
    ("a key that others can read is taken", "signer", "crypto/signer.c",
     "(info.st_mode & (S_IRWXO | S_IWGRP)) != 0", "(info.st_mode & S_IWGRP) != 0",
     "a_file_that_others_can_get_at_is_refused"),
    ("a key that a group can replace is taken", "signer", "crypto/signer.c",
     "(info.st_mode & (S_IRWXO | S_IWGRP)) != 0", "(info.st_mode & S_IRWXO) != 0",
     "a_file_that_others_can_get_at_is_refused"),
    ("a key in a pipe is taken", "signer", "crypto/signer.c", "!S_ISREG(info.st_mode)", "false",
     "what_is_no_regular_file_is_refused_without_waiting_for_it"),
    ("a short key is taken", "signer", "crypto/signer.c", "bits < KEY_BITS || ", "",
     "only_a_private_rsa_key_of_a_good_size_without_a_passphrase_is_taken"),
    ("a passphrase is asked for at the terminal", "signer", "crypto/signer.c",
     "NULL, no_passphrase, &asked", "NULL, NULL, (void *)\"words\"",
     "only_a_private_rsa_key_of_a_good_size_without_a_passphrase_is_taken"),
    ("PS256 is signed as RS256", "signer", "crypto/signer.c", "ok && signer->by->pss", "ok && false",
     "what_is_signed_verifies_by_each_algorithm"),
    ("a plan's refusal is called a missing scope", "classify", "auth0/classify.c",
     '    {403, NULL, TEXT_HOLDS, "upgrade your subscription", PLAN},\n', "",
     "what_a_plan_does_not_include_is_said_as_such_of_every_call"),
    ("an unknown 401 is taken for an outage, and the old local password admits", "classify", "auth0/classify.c",
     '    {401, NULL, TEXT_ANY, NULL,\n     FIX("AUTH0_CLIENT_ID", "the tenant does not know this application, or its secret")},\n',
     "    {401, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},\n", GRANTS),
    ("an unknown 403 is taken for an outage, and the old local password admits", "classify", "auth0/classify.c",
     "       outage. */\n    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},\n", "       outage. */\n    {0, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},\n",
     GRANTS),
    ("a proxy's 403 is taken for an outage, and the old local password admits", "classify", "auth0/classify.c",
     "if (!error->json && op != A0_OP_GRANT)", "if (!error->json)",
     "no_error_of_a_grant_is_ever_ok_and_a_malformed_4xx_is_no_outage"),
    ("a redirect is taken for an outage, and the old local password admits", "classify", "auth0/classify.c",
     "if (op == A0_OP_GRANT && status < 400 && status / 100 != 2)", "if (status < 0)",
     "no_error_of_a_grant_is_ever_ok_and_a_malformed_4xx_is_no_outage"),
    ("any conflict at a create is somebody else's account, and nobody moves", "classify", "auth0/classify.c",
     '{409, NULL, TEXT_HOLDS, "already exist", IS(EXISTS)},', "{409, NULL, TEXT_ANY, NULL, IS(EXISTS)},", "management_api"),
    ("anybody with a certificate reads every password", "transport", "http/transport.c",
     "CURLOPT_SSL_VERIFYHOST, 2L", "CURLOPT_SSL_VERIFYHOST, 0L", "a_certificate_for_another_name_gets_no_password"),
    ("anybody without a certificate reads every password", "transport", "http/transport.c",
     "CURLOPT_SSL_VERIFYPEER, 1L", "CURLOPT_SSL_VERIFYPEER, 0L",
     "a_certificate_of_an_unknown_authority_gets_no_password"),
    ("TLS 1.0 will do", "transport", "http/transport.c",
     "(long)CURL_SSLVERSION_TLSv1_2", "(long)CURL_SSLVERSION_TLSv1_0", "tls_older_than_1_2_gets_no_password"),
    ("the machine's authorities count beside AUTH0_CA_FILE", "transport", "http/transport.c",
     "        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);", "        ",
     "with_a_ca_file_the_machines_authorities_count_for_nothing"),
    ("AUTH0_CA_FILE counts for nothing", "transport", "http/transport.c",
     "curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file);", "",
     "a_server_with_the_right_name_and_a_trusted_certificate_is_asked"),
    ("another host answers for the tenant", "transport", "http/transport.c",
     "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L", "a_redirect_is_an_answer_and_is_not_followed"),
    ("the environment says where passwords go", "transport", "http/transport.c",
     "curl_easy_setopt(curl, CURLOPT_PROXY, http->proxy != NULL ? http->proxy : \"\");",
     "if (http->proxy != NULL) curl_easy_setopt(curl, CURLOPT_PROXY, http->proxy);", PROXIES),
    ("the environment leads past AUTH0_PROXY", "transport", "http/transport.c",
     "curl_easy_setopt(curl, CURLOPT_NOPROXY, http->loopback ? \"*\" : \"\");",
     "if (http->loopback) curl_easy_setopt(curl, CURLOPT_NOPROXY, \"*\");", PROXIES),
    ("a token has several spellings", "jws", "crypto/jws.c",
     "!is_canonical(second + 1, strlen(second + 1))", "false", SPELLING),
    ("a hostile key set costs minutes for each login", "jws", "crypto/jws.c", " || bits > KEY_BITS_MAX", "", BITS),
    ("a key that can be broken signs logins", "jws", "crypto/jws.c", "bits < KEY_BITS || ", "", BITS),
    ("an encryption key signs logins", "jws", "crypto/jws.c", " || !absent_or(jwk, \"use\", \"sig\")", "", USES),
    ("a key of another algorithm signs logins", "jws", "crypto/jws.c",
     " ||\n        !absent_or(jwk, \"alg\", \"RS256\")", "", USES),
    ("a signature of any algorithm will do", "jws", "crypto/jws.c",
     "alg == NULL || strcmp(alg, \"RS256\") != 0", "alg == NULL", "only_rs256_is_taken"),
    ("critical members that nobody understands are passed over", "jws", "crypto/jws.c",
     "json_object_get(header, \"crit\") != NULL", "false", "only_rs256_is_taken"),
    ("no signature will do", "jws", "crypto/jws.c",
     "!cjose_jws_verify(jws, key->key, &why)", "false", "another_key_of_the_same_name_does_not_verify"),
    ("a token of another tenant logs in", "client", "auth0/keys.c", "iss == NULL || strcmp(iss, issuer) != 0", "false",
     CLAIMS),
    ("a token for another application logs in", "client", "auth0/keys.c", "if (!audience_fits(claims, audience))",
     "if (false)", CLAIMS),
    ("a token made for another application's login logs in here", "client", "auth0/keys.c",
     "json_object_get(claims, \"azp\") != NULL || ", "", CLAIMS),
    ("a token that several applications share logs in", "client", "auth0/keys.c",
     " || json_array_size(list) > 1", "", CLAIMS),
    ("a token of long ago logs in", "client", "auth0/keys.c",
     "json_number_value(exp) <= (double)(now_s - LEEWAY_S)", "false", TIMES),
    ("a token of the future logs in", "client", "auth0/keys.c",
     "json_number_value(iat) > (double)(now_s + LEEWAY_S)", "false", TIMES),
    ("a token that is not valid yet logs in", "client", "auth0/keys.c", "if (is_not_yet_valid(claims, now_s))",
     "if (false)", CLAIMS),
    ("one login that fails is an outage, and an old local password admits", "client_trouble", "auth0/grant.c",
     "confirmed ? AUTH0DB_OUTCOME_UNAVAILABLE : AUTH0DB_OUTCOME_UNCONFIRMED", "AUTH0DB_OUTCOME_UNAVAILABLE", DOUBT),
    ("an outage is confirmed by another spelling of one name", "client_trouble", "auth0/grant.c",
     "    a0_ascii_lower(account);\n", "", DOUBT),
    ("an outage outlives an answer", "client_trouble", "auth0/grant.c",
     "    a0_doubt_passed(&client->doubt);\n", "", DOUBT),
    ("a token that cannot be trusted is an outage", "client", "auth0/grant.c",
     "if (!is_silence(call, a))\n        return AUTH0DB_OUTCOME_UNCONFIRMED;", "if (!is_silence(call, a))\n"
     "        return AUTH0DB_OUTCOME_UNAVAILABLE;", CLAIMS),
    ("a visitor's own failures close the door for all", "client_trouble", "auth0/gate.c",
     "of_logins && verdict == A0_DOWN && !client->doubt.probed ? A0_NOT_TRIED : verdict", "verdict",
     "a_visitor_who_fails_alone_keeps_nobody_from_being_asked_about"),
    ("a breaker that is open stops the probe, and a long outage is none", "client_trouble", "auth0/gate.c",
     "op == A0_OP_PROBE ? A0_PASS_NORMAL : a0_breaker_enter",
     "a0_breaker_enter", "an_outage_is_found_again_however_long_nobody_came"),
    ("a management API that is down lets old passwords in", "client_trouble", "auth0/gate.c",
     "return &client->breakers[A0_SERVICE_MANAGEMENT];", "return &client->breakers[A0_SERVICE_LOGIN];",
     "a_management_api_that_is_down_is_no_outage_of_logins"),
    ("a passed deadline is an outage", "client_trouble", "auth0/gate.c",
     'return busy(call, "the deadline has passed");', "return AUTH0DB_OUTCOME_UNAVAILABLE;", "no_time_left_is_busy_and_no_outage"),
    ("a silence that nobody waited for is an outage", "client_trouble", "auth0/grant.c",
     "a->sent.given_ms < SILENCE_MIN_MS", "false", "no_time_left_is_busy_and_no_outage"),
    ("what one login was told keeps everybody out", "client_trouble", "auth0/gate.c",
     "impatient(call) && op != A0_OP_TOKEN", "false", PAIR),
    ("what one login was told is forgotten", "client_trouble", "auth0/gate.c",
     "return own > common ? own : common;", "return common;", PAIR),
    ("what one login was told holds for its name anywhere", "client_trouble", "auth0/pairs.c",
     'address != NULL ? address : ""', '""', PAIR),
    ("a flood takes every worker by waiting", "client_trouble", "auth0/pairs.c",
     "waits->spent_ms + ms > A0_WAITS_MS", "false", "a_flood_of_limits_does_not_make_a_site_wait"),
    ("a rotated secret keeps everybody out", "apps", "auth0/grant.c",
     "if (!a->sent.secret || !a0_app_other(app, &a->which))", "if (true)",
     "of_two_secrets_the_one_that_is_taken_is_kept_to"),
    ("every wrong password is sent twice", "apps", "auth0/grant.c",
     "if (!a->sent.secret || !a0_app_other(app, &a->which))", "if (!a0_app_other(app, &a->which))",
     "a_wrong_password_is_no_reason_to_try_the_other_secret"),
    ("a rotated secret is tried first for ever", "apps", "auth0/apps.c",
     "    app->using = which;\n", "", "of_two_secrets_the_one_that_is_taken_is_kept_to"),
    ("the secret that logs people in can delete them", "apps", "auth0/apps.c",
     "return client->management.id != NULL ? &client->management : &client->app;", "return &client->app;",
     "the_secret_that_logs_people_in_need_not_be_able_to_delete_them"),
    ("a login of last week can be gone on with", "web", "login/web.c",
     " || now_s - read.at_s > AUTH0DB_WEB_LIFETIME_S", "", "a_state_comes_back_as_it_was_made_and_for_an_hour"),
    ("anybody can make a state", "web", "login/web.c",
     " || !a0_secret_equal(text, expected, strlen(expected)) ||", " ||", "a_changed_state_is_none"),
    ("login CSRF: a code is exchanged in a browser that has not begun the login", "web", "login/web.c",
     "{YES, YES, NO, YES, ANY, ANY, AUTH0DB_WEB_EXCHANGE}", "{YES, ANY, NO, YES, ANY, ANY, AUTH0DB_WEB_EXCHANGE}",
     "a_code_is_exchanged_only_with_state_and_cookie"),
    ("a browser without cookies goes round in circles", "web", "login/web.c",
     "{YES, NO, ANY, ANY, NO, NO, AUTH0DB_WEB_AGAIN}", "{YES, NO, ANY, ANY, NO, ANY, AUTH0DB_WEB_AGAIN}",
     "a_code_is_exchanged_only_with_state_and_cookie"),
    ("nonce and verifier can be known from an address", "web", "login/web.c",
     "if (*cookie == '\\0')", "if (false)", "nonce_and_verifier_need_the_cookie_and_are_not_each_other"),
    ("S2: a hash that nobody has compared admits in an outage", "web", "login/unlinked.c",
     "login->by_identity ? A0_THEN_ENTER", "login->by_identity ? A0_THEN_ADMIT",
     "a_join_records_the_hash_as_replaced_and_renews_none"),
    ("a set-up that is refused is said by nobody", "apps", "auth0/apps.c",
     "client->setup_wrong[op] = wrong;", "(void)op;",
     "two_wrong_secrets_are_misconfigured_and_the_state_says_so_until_one_is_right"),
    ("anybody's code, put into a callback, logs its owner in", "code", "auth0/code.c",
     "if (!nonce_fits(claims, code->nonce))", "if (false)", "a_token_of_another_login_is_no_login"),
    ("a nonce that only begins as ours is ours", "code", "auth0/code.c", "strlen(told) == strlen(nonce) &&", "",
     "a_token_of_another_login_is_no_login"),
    ("the login page's token may be of any tenant, for anybody, of any day", "code", "auth0/code.c",
     "if (a0_claims_check(claims, issuer, client->app.id, now_s, call->err) != AUTH0DB_OK)", "if (issuer[0] == 0)",
     "a_token_that_is_not_for_us_or_not_for_now_is_no_login"),
    ("a session of last week is a fresh login", "code", "auth0/code.c",
     "now_s - json_integer_value(at) <= max_age_s + LEEWAY_S", "true",
     "where_a_fresh_login_was_asked_for_an_old_one_is_none"),
    ("a login of no known time is a fresh one", "code", "auth0/code.c",
     "    if (max_age_s < 0)\n        return at == NULL", "    if (at == NULL || max_age_s < 0)\n        return at == NULL",
     "where_a_fresh_login_was_asked_for_an_old_one_is_none"),
    ("a code is sent a second time", "code", "auth0/code.c", "if (sent.secret && a0_app_other(", "if (a0_app_other(",
     "a_code_is_sent_once_whatever_becomes_of_it"),
    ("a rotated secret keeps everybody out of the login page", "code", "auth0/code.c",
     "if (sent.secret && a0_app_other(", "if (false && a0_app_other(", "a_secret_that_is_refused_has_not_used_the_code_up"),
    ("two words in one are two factors", "code", "auth0/code.c", " || strpbrk(word, \" \\t\\r\\n\") != NULL", "",
     "the_identity_is_told_with_its_session_and_factors"),
    ("a refused token leaves its identity behind", "code", "auth0/code.c",
     "        *out = (auth0db_identity){0};\n    a0_http_request_clear", "        ;\n    a0_http_request_clear",
     "a_token_that_is_not_for_us_or_not_for_now_is_no_login"),
    ("a link of somebody else's is good at the login page", "identity_paths", "login/unlinked.c",
     "else if (strcmp(login->user.auth0_id, login->tenant.user_id) != 0)", "else if (false)", WHO),
    ("who stays on the site comes in by the login page", "identity_paths", "login/unlinked.c",
     "else if (a0_stays_local(login))", "else if (false)", WHO),
    ("who was deleted on the site comes back by the login page", "identity_paths", "login/unlinked.c",
     "        else if (!a0_is_linked(login))\n            ask_tombstone(login, on_tombstone_of_known);",
     "        else if (!a0_is_linked(login))\n            join(login);", WHO),
    ("an address that nobody has verified joins at the login page", "identity_paths", "login/unlinked.c",
     "    else if (!tenant->email_verified)", "    else if (false)", WHO),
    ("an address that nobody has verified makes a user", "identity_paths", "login/unlinked.c",
     "} else if (!login->tenant.email_verified) {", "} else if (false) {", WHO),
    ("an old password at Auth0 takes a user whose newer one never got there", "identity_paths", "login/unlinked.c",
     "    else if (login->seen.last_password_reset[0] == '\\0')\n        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);\n"
     "    else\n        a0_link_seen(login, after_join(login));", "    else\n        a0_link_seen(login, after_join(login));", WHO),
    ("a second factor shown once is none for ever", "identity_paths", "login/unlinked.c",
     "if (strcmp(login->user.word, a0_meaning_of(AUTH0DB_OUTCOME_MFA_REQUIRED)->word) != 0)", "if (true)", WHO),
    ("a password that nobody knows is compared", "identity_paths", "login/unlinked.c",
     "        else if (login->by_identity)\n", "        else if (false)\n", WHO),
    ("the application that manages is taken for a neighbour", "apps", "auth0/tenant.c",
     "else if (managing == NULL || strcmp(id, managing) != 0)", "else",
     "an_application_that_only_manages_is_no_neighbour"),
    ("no neighbour is ever seen", "apps", "auth0/tenant.c",
     "else if (managing == NULL || strcmp(id, managing) != 0)", "else if (managing == NULL)",
     "an_application_that_only_manages_is_no_neighbour"),
]
SUITES = sorted({m[1] for m in MUTATIONS})


@pytest.fixture(scope="module")
def suites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutation")
    support = objects(folder, *SUPPORT)
    return {suite: [*objects(folder, f"unit/test_{suite}.c"), *support] for suite in SUITES}


@pytest.mark.parametrize("suite, case", sorted({(m[1], m[5]) for m in MUTATIONS}))
def test_the_client_as_it_is_passes(tmp_path, suites, suite, case):
    result = run(tmp_path, suites[suite], case=case)
    assert result.returncode == 0 and "Checks: 1," in result.stdout, result.stdout


@pytest.mark.parametrize("suite, name, rule, mutated, case", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_its_case_fails(tmp_path, suites, suite, name, rule, mutated, case):
    case_breaks(run(tmp_path, suites[suite], mutant(tmp_path, [ROOT / "src" / name], rule, mutated), case=case))


def rules():
    return [([ROOT / "src" / m[2]], m[3]) for m in MUTATIONS]
