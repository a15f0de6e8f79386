"""What the programs here share: a check is a name, what was found and what is true; each is a line of JSON."""

import json
import traceback


def check(name, found, expected):
    problem = None if found == expected else f"{found!r}; expected {expected!r}"
    print(json.dumps({"check": name, "problem": problem}), flush=True)


def holds(name, test):
    """A check that is a block of code: it holds if nothing is thrown."""
    try:
        test()
        print(json.dumps({"check": name, "problem": None}), flush=True)
    except Exception:
        print(json.dumps({"check": name, "problem": traceback.format_exc(limit=3)}), flush=True)


def refused(name, kind, test):
    """A check that something is refused, by an exception whose type or code has this name."""
    try:
        test()
        found = "done"
    except Exception as error:
        response = getattr(error, "response", None)
        code = response["Error"]["Code"] if isinstance(response, dict) else None
        found = code or type(error).__name__
    check(name, found, kind)


def skip(name, reason):
    """A check that cannot be made here."""
    print(json.dumps({"check": name, "skipped": reason}), flush=True)
