"""Django's error reports show the variables of every frame. For a frame it asks only the nearest
decorated caller which of them to hide: so each of ours names them all, whatever Django's own frames,
other backends and hashers below it call them."""

from django.views.decorators.debug import sensitive_variables

NAMES = (
    *("password", "raw_password", "password1", "password2", "new_password1", "new_password2"),
    *("old_password", "value", "encoded", "credentials", "spellings", "answers", "arguments"),
)

hides_secrets = sensitive_variables(*NAMES)
# Where a hash is on its way into the database, under names of each database's own
hides_everything = sensitive_variables()
