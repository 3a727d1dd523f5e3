"""Views that log somebody in without saying by which backend: Django refuses that where several are
listed, and ours is one more."""

import ast
import importlib
import inspect
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import get_resolver

# Whoever comes from these names its backend
NAMED_BY_DJANGO = {"authenticate", "aauthenticate", "get_user"}
LOGINS = {"login", "alogin"}


def unnamed_logins():
    """[(file, line)] of the calls `login(request, user)` in the modules of this site's views that
    name no backend, and would fail."""
    if len(settings.AUTHENTICATION_BACKENDS) < 2 or hasattr(get_user_model(), "backend"):
        return []
    modules = {name: None for view in views() for name in [module_of(view)]}
    found = []
    for name in modules:
        if not name.startswith(("django.", "auth0db.")):
            found += in_module(name)
    return found


def resets_that_log_in():
    """Dotted names of the views with post_reset_login and without post_reset_login_backend. Our own form names one, as
    far as the tenant lets the user in."""
    from auth0db.forms import SetPasswordForm

    found = []
    for view in views():
        cls = getattr(view, "view_class", None)
        if not (inspect.isclass(cls) and issubclass(cls, PasswordResetConfirmView)):
            continue
        told = {**vars_of(cls), **getattr(view, "view_initkwargs", {})}
        ours = inspect.isclass(told["form_class"]) and issubclass(told["form_class"], SetPasswordForm)
        if told["post_reset_login"] and not told["post_reset_login_backend"] and not ours:
            found.append("%s.%s" % (cls.__module__, cls.__name__))
    return sorted(set(found))


def vars_of(cls):
    return {name: getattr(cls, name) for name in OF_THE_VIEW}


OF_THE_VIEW = ("post_reset_login", "post_reset_login_backend", "form_class")


def views():
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    try:
        return list(of_patterns(get_resolver().url_patterns))
    except Exception:  # whatever is wrong with the site's own URLs is said by Django
        return []


def of_patterns(patterns):
    for each in patterns:
        if hasattr(each, "url_patterns"):
            yield from of_patterns(each.url_patterns)
        else:
            yield each.callback


def module_of(view):
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return getattr(cls or view, "__module__", None) or ""


def in_module(name):
    try:
        file = importlib.import_module(name).__file__
        source = Path(file).read_text()
        if "login" not in source or "django.contrib" not in source:
            return []
        tree = ast.parse(source)
    except Exception:  # no file, no source, or not for this Python
        return []
    names = imported(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    calls = {}
    for function in functions:  # an outer one before those in it: the innermost decides
        named = any(called(node)[-1:] in BACKEND_NAMED for node in ast.walk(function))
        for node in ast.walk(function):
            if called(node) in names:
                calls[node.lineno] = not named and not says_backend(node)
    return [(file, line) for line in sorted(calls) if calls[line]]


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BACKEND_NAMED = {(name,) for name in NAMED_BY_DJANGO}


def imported(tree):
    """What `login` of django.contrib.auth is called in this module, as tuples of names."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.contrib.auth":
            names |= {(a.asname or a.name,) for a in node.names if a.name in LOGINS}
        elif isinstance(node, ast.ImportFrom) and node.module == "django.contrib":
            names |= {(a.asname or a.name, l) for a in node.names if a.name == "auth" for l in LOGINS}
    return names


def called(node):
    """("auth", "login") of a call of auth.login; () where it is none."""
    if not isinstance(node, ast.Call):
        return ()
    function = node.func
    if isinstance(function, ast.Name):
        return (function.id,)
    if isinstance(function, ast.Attribute):
        value = function.value
        return (value.id if isinstance(value, ast.Name) else "", function.attr)
    return ()


def says_backend(call):
    return len(call.args) > 2 or any(each.arg in ("backend", None) for each in call.keywords)
