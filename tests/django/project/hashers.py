from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher, mask_hash


class Cheap(PBKDF2PasswordHasher):
    """The stock format at a cost that lets a suite finish."""

    iterations = 10


class OfTheSite(BasePasswordHasher):
    """What a site may have made itself, and no library can know."""

    algorithm = "reversed"

    def encode(self, password, salt):
        return "reversed$%s$%s" % (salt, password[::-1])

    def decode(self, encoded):
        algorithm, salt, text = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": text}

    def verify(self, password, encoded):
        return encoded == self.encode(password, encoded.split("$", 2)[1])

    def safe_summary(self, encoded):
        return {"hash": mask_hash(encoded)}

    def must_update(self, encoded):
        return False

    def harden_runtime(self, password, encoded):
        pass
