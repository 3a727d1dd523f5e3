/* Which of a user's two addresses has moved since both sides had the same one. */
#include <string.h>

#include "auth0db/addresses.h"
#include "unit.h"

#define KEY "0123456789abcdef"
#define A "ada@old.example"
#define B "ada@new.example"
#define C "ada@other.example"

static auth0db_addresses followed(const char *site, const char *was, const char *tenant)
{
    auth0db_addresses then;
    auth0db_addresses_read(&then, NULL, NULL);
    auth0db_addresses_follow(&then, site, was, tenant, KEY);
    return then;
}

static const char *moved(const auth0db_addresses *then, const char *site, const char *tenant)
{
    return auth0db_moved_name(auth0db_addresses_moved(then, site, tenant, KEY));
}

START_TEST(the_same_address_on_both_sides_has_not_moved_whatever_was)
{
    auth0db_addresses then = followed(A, A, B), none;
    auth0db_addresses_read(&none, NULL, NULL);
    ck_assert_str_eq(moved(&then, B, B), "neither");
    ck_assert_str_eq(moved(&then, "ADA@new.example", B), "neither");
    ck_assert_str_eq(moved(&none, C, "Ada@other.example"), "neither");
    ck_assert_str_eq(moved(&none, C, ""), "neither"); /* the link says: the user's own */
}
END_TEST

START_TEST(without_a_fingerprint_the_site_has_moved)
{
    auth0db_addresses none;
    auth0db_addresses_read(&none, NULL, NULL);
    ck_assert_str_eq(moved(&none, B, A), "site");
}
END_TEST

START_TEST(a_tenant_that_is_followed_has_moved)
{
    auth0db_addresses then = followed(A, A, B);
    ck_assert_str_eq(moved(&then, A, B), "tenant");
    ck_assert_str_eq(moved(&then, "ADA@OLD.example", B), "tenant");
    ck_assert_str_eq(moved(&then, C, B), "both");
    ck_assert_str_eq(moved(&then, B, A), "site"); /* and back again */
    then = followed(A, "", B);                    /* the link had no address of its own */
    ck_assert_str_eq(moved(&then, A, B), "tenant");
}
END_TEST

START_TEST(a_tenant_that_moves_after_the_site_makes_both)
{
    auth0db_addresses then = followed(C, A, B);
    ck_assert_str_eq(moved(&then, C, B), "both");
    auth0db_addresses_follow(&then, C, B, A, KEY); /* back to where both were */
    ck_assert_str_eq(moved(&then, C, A), "site");
}
END_TEST

START_TEST(what_is_followed_to_the_sites_address_is_in_step)
{
    auth0db_addresses then = followed(B, A, B);
    ck_assert_str_eq(then.site, then.tenant);
    ck_assert_uint_eq(strlen(then.site), AUTH0DB_ADDRESS_PRINT_LEN);
    ck_assert_str_eq(moved(&then, C, B), "site");
    ck_assert_str_eq(moved(&then, B, C), "tenant");
}
END_TEST

START_TEST(a_fingerprint_is_of_this_sites_key)
{
    auth0db_addresses then = followed(A, A, B), other = then;
    ck_assert_ptr_null(strstr(then.site, "ada"));
    ck_assert_int_eq(auth0db_addresses_moved(&then, A, B, "another"), AUTH0DB_MOVED_BOTH);
    ck_assert_int_eq(auth0db_addresses_moved(&then, A, B, ""), AUTH0DB_MOVED_BOTH);
    auth0db_addresses_read(&other, "", "");
    auth0db_addresses_follow(&other, A, A, B, "another");
    ck_assert_str_ne(other.site, then.site);
}
END_TEST

/* Also what could not be made once: it must not equal what cannot be made now. */
START_TEST(what_is_no_fingerprint_equals_nothing)
{
    auth0db_addresses then;
    static const char *const bad[] = {"?", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        auth0db_addresses_read(&then, bad[i], bad[i]);
        ck_assert_str_eq(moved(&then, A, B), "both");
        ck_assert_int_eq(auth0db_addresses_moved(&then, A, B, ""), AUTH0DB_MOVED_BOTH);
    }
    auth0db_addresses_read(&then, NULL, NULL);
    auth0db_addresses_follow(&then, A, A, B, "");
    ck_assert_int_eq(auth0db_addresses_moved(&then, A, B, ""), AUTH0DB_MOVED_BOTH);
}
END_TEST

UNIT_MAIN("addresses", the_same_address_on_both_sides_has_not_moved_whatever_was,
          without_a_fingerprint_the_site_has_moved, a_tenant_that_is_followed_has_moved,
          a_tenant_that_moves_after_the_site_makes_both,
          what_is_followed_to_the_sites_address_is_in_step, a_fingerprint_is_of_this_sites_key,
          what_is_no_fingerprint_equals_nothing)
