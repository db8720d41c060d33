#!/usr/bin/env python3
"""Records what a transmission-daemon answers to steps.py, as exchanges/<name>-<what>.json.

Usage: record.py NAME [--root FOLDER]     NAME: 3.00, 4.1 ...; FOLDER: a Debian to change the root into

4.1 speaks both dialects, what is older one. Values that differ from run to run are recorded as they
are and left out by the comparison; the daemon's own folder is written $HOME.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import content  # noqa: E402
import steps  # noqa: E402
from player import Player, TransmissionDaemon  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def record(name, what, plan, root):
    made = tempfile.mkdtemp(prefix="golden-", dir=root + "/tmp")
    os.chmod(made, 0o755)
    home = made.removeprefix(root)
    try:
        content.prepare(made)
        player = Player(lambda kind: TransmissionDaemon(root, home, kind), home, root)
        answers = player.play(plan)
    finally:
        if os.environ.get("SEED_KEEP"):
            print("kept", made)
        else:
            shutil.rmtree(made)
    with open(os.path.join(HERE, "exchanges", f"{name}-{what}.json"), "w") as out:
        out.write("{\n" + ",\n".join(
            f"{json.dumps(step)}: {json.dumps(answer, ensure_ascii=False, sort_keys=True)}"
            for step, answer in answers.items()) + "\n}\n")
    print(f"{name}-{what}: {len(answers)} answers")


parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("--root", default="")
options = parser.parse_args()
record(options.name, "http", steps.http_steps(), options.root)
record(options.name, "legacy", steps.rpc_steps("legacy"), options.root)
if options.name >= "4.1":
    record(options.name, "new", steps.rpc_steps("new"), options.root)
