"""No secret in a report of what failed.

Django's error reports show the variables of every frame, and hide those that a decorated caller names. Other reporters
(Sentry, a debugger's dump, `traceback` with capture_locals) read the frames themselves. So each way into our code does
both: it names the variables for Django's reports, whatever Django's own frames, other backends and hashers below it call
them, and when an exception leaves it, it empties the frames that the exception has gone through.
"""

import functools
import inspect
import sys

from django.views.decorators.debug import sensitive_variables

NAMES = (
    *("password", "raw_password", "password1", "password2", "new_password1", "new_password2"),
    *("old_password", "value", "encoded", "credentials", "spellings", "answers", "arguments"),
)


def empty_frames(error, before):
    """The frames of this exception and of those it came from, but for `before`, which was there already and is
    somebody else's. Frames that still run are our callers': they keep what they have."""
    seen, left = {id(before)}, [error]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        step = each.__traceback__
        while step is not None:
            try:
                step.tb_frame.clear()
            except RuntimeError:
                pass
            step = step.tb_next
        left += [each.__cause__, each.__context__]


def empties_frames(function):
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def guarded(*args, **kwargs):
            before = sys.exc_info()[1]
            try:
                return await function(*args, **kwargs)
            except BaseException as error:
                args = kwargs = None  # this frame goes on
                empty_frames(error, before)
                raise

    else:

        @functools.wraps(function)
        def guarded(*args, **kwargs):
            before = sys.exc_info()[1]
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                args = kwargs = None  # this frame goes on
                empty_frames(error, before)
                raise

    return guarded


def hides(*names):
    def decorate(function):
        return empties_frames(sensitive_variables(*names)(function))

    return decorate


hides_secrets = hides(*NAMES)
# Where a hash is on its way into the database, under names of each database's own; where all settings are
hides_everything = hides()


class Later:
    """functools.partial that does not show its arguments: frames of Django's hold it until the transaction ends."""

    __slots__ = ("_function", "_arguments")

    def __init__(self, function, *arguments):
        self._function = function
        self._arguments = arguments

    def __call__(self):
        return self._function(*self._arguments)

    def __repr__(self):
        return "<Later>"
