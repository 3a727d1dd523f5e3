"""The logins again, on sites whose users are e-mail addresses, or have UUIDs for keys."""

import os
import subprocess
import sys

import pytest

from harness import HERE, KIND
