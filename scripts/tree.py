"""The source tree as the checks see it: its files, and C++ without comments and texts."""

import os
import re
import sys

FOLDERS = ("core", "config", "rpc", "daemon", "ctl", "tests", "bench", "scripts")
CODE = (".h", ".cpp", ".def")
LEFT_OUT = {"build", "node_modules", "__pycache__", "data", "corpus"}


def top_of(arguments):
    """The tree to check: the first argument, or the one this file lies in."""
    if arguments:
        return os.path.abspath(arguments[0])
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def files(top, folders=FOLDERS, endings=CODE):
    """Paths relative to top, sorted."""
    found = []
    for folder in folders:
        for where, inner, names in os.walk(os.path.join(top, folder)):
            inner[:] = sorted(name for name in inner if name not in LEFT_OUT)
            for name in sorted(names):
                if name.endswith(endings):
                    found.append(os.path.relpath(os.path.join(where, name), top))
    return found


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as file:
        return file.read()


# One alternative a kind of text that is not code. A quote after a digit or letter separates digits.
NOT_CODE = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)


def blank(text):
    """As many spaces and the same ends of lines, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """C++ with comments and texts blanked out. The name in an #include goes too."""
    return NOT_CODE.sub(lambda match: blank(match.group(0)), text)


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def finish(check, offences):
    """Prints what was found; the exit status says whether there was any."""
    for offence in offences:
        print(offence)
    if offences:
        print(f"{check}: {len(offences)} found", file=sys.stderr)
        return 1
    return 0
