"""Runs functions as cells, prints a line for each and `N passed, N failed` last. With SEED_CELLS=FILE
each is also added to that file as a line of JSON (see scripts/interop)."""

import json
import os
import sys
import time
import traceback


class Skip(Exception):
    """The cell cannot run here; why."""


class Failed(AssertionError):
    """What was expected did not happen."""


def check(condition, what):
    if not condition:
        raise Failed(what)


class Report:
    def __init__(self, title):
        self.title, self.passed, self.failed, self.skipped = title, [], [], []
        print(f"{title}", flush=True)

    def run(self, name, function, *arguments, **named):
        begun = time.monotonic()
        try:
            note = function(*arguments, **named) or ""
            self.passed.append(name)
            word = "ok"
        except Skip as skip:
            self.skipped.append(name)
            word, note = "skipped", str(skip)
        except Exception as error:  # pylint: disable=broad-except
            self.failed.append(name)
            word, note = "FAILED", f"{type(error).__name__}: {error}"
            if not isinstance(error, Failed):
                note += "\n" + "".join(traceback.format_exc().splitlines(True)[-8:])
        took = time.monotonic() - begun
        print(f"  {name:<52} {word:<8} {took:6.1f} s  {note}", flush=True)
        if cells := os.environ.get("SEED_CELLS"):
            with open(cells, "a") as out:
                print(json.dumps({"part": self.title, "cell": name, "word": word, "seconds": round(took, 1),
                                  "note": note.split("\n")[0]}), file=out)
        return word == "ok"

    def finish(self):
        """Prints the last line; the exit status (77: nothing could run)."""
        if self.failed:
            print("failed: " + ", ".join(self.failed))
        if self.skipped:
            print(f"{len(self.skipped)} skipped")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed", flush=True)
        if self.failed:
            return 1
        return 0 if self.passed else 77


def finish(report):
    sys.exit(report.finish())
