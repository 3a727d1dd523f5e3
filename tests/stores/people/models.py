import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from people.settings import KEY

if KEY != "integer":

    class User(AbstractUser):
        id = (
            models.UUIDField(primary_key=True, default=uuid.uuid4)
            if KEY == "uuid"
            else models.CharField(max_length=40, primary_key=True)
        )

        class Meta:
            db_table = "auth_user"
