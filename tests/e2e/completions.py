#!/usr/bin/python3
"""The completions of seedctl in bash, zsh and fish, as these offer them: what seedctl takes, and the
torrents of the daemon that was named. Against a daemon of canned torrents."""

import os
import re
import shlex
import shutil
import subprocess

import seedctl
from setting import begin
from interop.fake_seedd import FakeSeedd
from interop.processes import folder
from interop.report import Report, Skip, check, finish


def completion_of(shell):
    """The script in a folder of its own, with no fault that the shell sees."""
    if not shutil.which(shell):
        raise Skip(f"{shell} is not installed (scripts/deps.sh --tests)")
    path = os.path.join(folder("completion"), "_seedctl")
    with open(path, "w") as out:
        out.write(seedctl.ctl("completion", shell)[0])
    done = subprocess.run([shell, "-n", path], capture_output=True, text=True, timeout=20, check=False)
    check(done.returncode == 0 and not done.stderr, f"{shell}: {done.stderr}")
    return path


def ran(*argv):
    """What a shell prints, where seedctl is the one that is tested."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
                          env={"PATH": f"{os.path.dirname(seedctl.PROGRAM)}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                               "HOME": folder("shell"), "TERM": "xterm"})
    return done.stdout.splitlines()


def in_bash(path, line):
    """What completes the last word. bash divides at = and : as well, and replaces what is behind."""
    words = [word for word in re.split(r"([=:]+)| ", line) if word is not None]
    words = [word for number, word in enumerate(words)
             if word or number == len(words) - 1 and not re.search("[=:]$", line)]
    typed = " ".join(shlex.quote(word) for word in words)
    return ran("bash", "-c", f"source {path}; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; "
                             "_seedctl 2>/dev/null; printf '%s\\n' \"${COMPREPLY[@]}\"")


# What completes in an interactive zsh, whose compadd writes down what it is given.
ZSH_INSIDE = r"""
PS1=
fpath=($folder $fpath)
autoload -U compinit
compinit -u -D
compadd() {
  # Those that only look or count.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >> $folder/hits
  builtin compadd "$@"
}
finish() { print x > $folder/done }
zle -N finish
bindkey '^I' complete-word '^X' finish
print x > $folder/ready
"""
ZSH = r"""
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "folder=$1; source $1/inside"
until_there() {
  for ((i = 0; i < 400; i++)); do
    [[ -e $1 ]] && return
    zpty -r -t shell >/dev/null
    sleep 0.05
  done
}
until_there $1/ready
zpty -w -n shell "$2"$'\t\x18'
until_there $1/done
zpty -d shell
cat $1/hits
"""


def in_zsh(path, line):
    home = os.path.dirname(path)
    for name in ("hits", "done", "ready"):
        if os.path.exists(left := os.path.join(home, name)):
            os.remove(left)
    with open(os.path.join(home, "inside"), "w") as out:
        out.write(ZSH_INSIDE)
    return [word for word in ran("zsh", "-f", "-c", ZSH, "zsh", home, line) if word]


def in_fish(path, line):
    lines = ran("fish", "--no-config", "-c", f"source {path}; complete -C {shlex.quote(line)}")
    return [each.split("\t")[0] for each in lines]


def completions(shell, completed):
    """What the shell offers is what seedctl takes, and torrents are those of the daemon that was named."""
    path = completion_of(shell)
    fakes = [FakeSeedd([seedctl.torrent(number, "a: b")]).start() for number in (4, 7)]
    fakes[1].token = "open sesame"
    with open(os.path.join(os.path.dirname(path), "token"), "w") as out:
        out.write("open sesame\n")

    def last(line):
        # fish and zsh may give the front of the word as well.
        return [re.sub(r"^(--\w+=|\w+=)(?=.)", "", word) for word in completed(path, line)]
    check("settings" in last("seedctl sett"), f"a command: {last('seedctl sett')}")
    check("settings" in last("seedctl --timeout 3 -k sett"), "behind options of all commands")
    check("speed_limit_down=" in completed(path, "seedctl settings set speed_limit_d"), "a setting")
    check(set(last("seedctl settings set dht_enabled=")) >= {"true", "false"}, "its values")
    check("required" in last("seedctl session set encryption=r"), "those of a choice")
    check("downloading" in last("seedctl list --state down"), "a state")
    check("downloading" in last("seedctl list --state=down"), "a state behind a sign")
    check("torrent_get" in last("seedctl raw torrent_g"), "a method")
    check(any(word.endswith("completed") for word in last("seedctl events --type added,compl")), "an event")
    check("4" in last(f"seedctl --host {fakes[0].url()} start 4"), "a torrent")
    with_token = f"seedctl --host {fakes[1].url()} --token-file {os.path.dirname(path)}/token start -n 7"
    check("7" in last(with_token), f"behind -n, of a daemon that wants a token: {last(with_token)}")
    check("7" not in last(f"seedctl --host {fakes[1].url()} --user me start 7"), "nobody is asked")
    for fake in fakes:
        fake.stop()


def main():
    programs = begin()
    seedctl.PROGRAM = os.path.join(programs, "seedctl")
    report = Report("e2e: completions")
    if not os.path.exists(seedctl.PROGRAM):
        print("skipped: seedctl was not built")
        raise SystemExit(77)
    report.run("bash", completions, "bash", in_bash)
    report.run("zsh", completions, "zsh", in_zsh)
    report.run("fish", completions, "fish", in_fish)
    finish(report)


if __name__ == "__main__":
    main()
