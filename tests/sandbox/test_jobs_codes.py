"""An import's errors as the real tenant words them: recorded, not documented."""
import pytest
from jobs import codes, imported, run

EXISTS = "The user already exist and upsert parameter is false"
ANN = {"email": "ann@example.com", "user_id": "ann"}


def told(tenant, entries, **fields):
    return [error for row in run(tenant, entries, **fields)[1] for error in row["errors"]]


@pytest.mark.parametrize("entry", [{"email": "Ann@example.com"}, {"email": "other@example.com", "username": "ANN"}])
def test_who_is_there_already_has_one_code_no_path_and_no_word_of_what_is_taken(tenant, entry):
    tenant.connection_options(requires_username=True)
    imported(tenant, [{**ANN, "username": "ann"}])
    assert told(tenant, [entry]) == [{"code": "DUPLICATED_USER", "message": EXISTS}]


def test_twice_in_the_file_has_other_words(tenant):
    assert told(tenant, [ANN, ANN]) == [
        {"code": "DUPLICATED_USER", "message": "A user with this email was already provided."}]


def test_half_created_has_the_same_code_and_other_words(tenant):
    tenant.control("POST", "/half-created", {"email": ANN["email"]})
    (error,) = told(tenant, [ANN])
    assert error["code"] == "DUPLICATED_USER" and "path" not in error and "already" not in error["message"]


def test_a_bad_email_is_named_at_the_identity(tenant):
    (error,) = told(tenant, [{"email": "no address"}])
    assert (error["code"], error["path"]) == ("INVALID_FORMAT", "identities[0].profileData.email")
    assert error["message"].startswith("Error in identities[0].profileData.email property - "
                                       "Object didn't pass validation for format email")


@pytest.mark.parametrize("entry, code", [
    ({}, "OBJECT_MISSING_REQUIRED_PROPERTY"), ({**ANN, "shoe_size": 44}, "OBJECT_ADDITIONAL_PROPERTIES"),
    ({**ANN, "given_name": ""}, "MIN_LENGTH")])
def test_other_rules_have_the_validators_codes(tenant, entry, code):
    assert [e["code"] for e in told(tenant, [entry])] == [code]


def test_a_profile_that_is_too_large_is_refused_where_the_tenant_does(tenant):
    large = {**ANN, "user_metadata": {"text": "x" * 10240}}
    tenant.options(import_profile_max=10240)
    assert told(tenant, [large])[0]["code"] == "PROFILE_SIZE_EXCEEDED"
    tenant.options(import_profile_max=0)
    assert run(tenant, [large])[1] == []


def test_what_a_fault_orders_is_said_as_it_was_ordered(tenant):
    tenant.fault(job={"rows": [{"at": 0, "code": "FORMAT", "path": "email"}]}, count=1)
    assert codes(run(tenant, [ANN])[1]) == [["FORMAT"]]
