"""The known differences between seedd and transmission-daemon: differences.toml, and the page of it."""

import os
import re
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))


class Difference:
    """One entry. Each of its paths must be met by a difference from each of `of`."""

    def __init__(self, row):
        self.title, self.reason = row["title"], row["reason"]
        self.section = row.get("section")  # of the page; what follows is in it too
        self.of = row.get("of", ["3.00", "4.1"])
        self.steps = [re.compile(pattern) for pattern in row.get("steps", [".*"])]
        self.paths = [re.compile(pattern) for pattern in row["paths"]]
        self.kinds = row.get("kinds", ["value"])
        self._met = set()

    def covers(self, found):
        if found.with_whom not in self.of or found.kind not in self.kinds:
            return False
        steps = [s for s in self.steps if s.fullmatch(found.step)]
        paths = [p for p in self.paths if p.fullmatch(found.path)]
        for pattern in steps + paths if steps and paths else []:
            self._met.add((pattern.pattern, found.with_whom))
        return bool(steps and paths)

    def unused(self):
        return [f"{self.title}: {pattern.pattern} with {name}" for pattern in self.steps + self.paths
                for name in self.of if (pattern.pattern, name) not in self._met]


PAGE = """# Differences from transmission-daemon

What seedd answers otherwise than Transmission's daemon to the same requests, and why. The requests are in
`tests/golden/rpc/steps.py`: every method, argument and field of its RPC in both dialects, batches,
notifications, errors and the checks of HTTP. What transmission-daemon 3.00 and 4.1.4 answered is recorded
beside them; `tests/golden/rpc/compare.py` plays them to seedd, and a difference that is not listed here
fails, as does one that is listed and does not occur. 3.00 speaks the older dialect only. Values that are
others at each run (dates, free space, speeds) are compared by type alone.

"""


def page():
    """The list as Markdown; the first line of the file says who makes it."""
    lines = []
    for one in load():
        if one.section:
            lines += [f"\n## {one.section}\n", "| seedd | other than | why |", "| --- | --- | --- |"]
        of = " and ".join(one.of)
        lines.append(f"| {one.title} | {of} | {one.reason} |")
    return PAGE + "\n".join(lines).lstrip("\n") + "\n"


def load():
    with open(os.path.join(HERE, "differences.toml"), "rb") as file:
        return [Difference(row) for row in tomllib.load(file).get("difference", [])]
