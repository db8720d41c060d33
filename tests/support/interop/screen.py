"""A program on a terminal of its own: its picture, keys, size and the terminal's modes."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time

from .processes import TimedOut

_SEQUENCE = re.compile(r"\x1b(?:\[([?0-9;]*)([A-Za-z])|.)")


class Screen:
    """Knows the few sequences that seedctl writes; others are passed over."""

    def __init__(self, argv, rows=24, columns=100, env=None):
        self.rows, self.columns = rows, columns
        self.ours, self.theirs = os.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.theirs)
        self.octets = b""
        self.lock = threading.Lock()
        self.process = subprocess.Popen(argv, stdin=self.theirs, stdout=self.theirs, stderr=self.theirs,
                                        env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", **(env or {})},
                                        start_new_session=True, preexec_fn=self._own_terminal)
        threading.Thread(target=self._read, daemon=True).start()

    def _own_terminal(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _read(self):
        while True:
            try:
                octets = os.read(self.ours, 65536)
            except OSError:
                return
            with self.lock:
                self.octets += octets

    def written(self):
        with self.lock:
            return self.octets.decode(errors="replace")

    def is_full(self):
        """Whether it has the alternate screen."""
        text = self.written()
        return text.rfind("\x1b[?1049h") > text.rfind("\x1b[?1049l")

    def lines(self):
        """What is to be seen, of the alternate screen if it has that."""
        text = self.written()
        start = text.rfind("\x1b[?1049h")
        if self.is_full():
            text = text[start:]
        grid, row, column, at = {}, 0, 0, 0
        while at < len(text):
            if text[at] == "\x1b":
                match = _SEQUENCE.match(text, at)
                if match is None:
                    break
                at = match.end()
                letter = match.group(2)
                if letter == "H":
                    row = column = 0
                elif letter == "K":
                    grid[row] = grid.get(row, "")[:column]
                elif letter == "J":
                    grid[row] = grid.get(row, "")[:column]
                    grid = {number: line for number, line in grid.items() if number <= row}
                continue
            if text[at] == "\n":
                row, column = row + 1, 0
            elif text[at] == "\r":
                column = 0
            else:
                line = grid.get(row, "").ljust(column)
                grid[row] = line[:column] + text[at] + line[column + 1:]
                column += 1
            at += 1
        return [grid.get(number, "").rstrip() for number in range(max(grid, default=-1) + 1)]

    def text(self):
        return "\n".join(self.lines())

    def wait_for(self, condition, seconds, what):
        """condition(text) comes true."""
        end = time.monotonic() + seconds
        while not condition(self.text()):
            if time.monotonic() > end:
                raise TimedOut(f"no {what} in {seconds} s on the screen:\n{self.text()}")
            time.sleep(0.02)

    def press(self, keys):
        os.write(self.ours, keys.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes_are_back(self):
        return termios.tcgetattr(self.theirs) == self.before

    def is_given_back(self):
        return not self.is_full() and self.modes_are_back()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self, seconds=10):
        """The exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"it still runs after {seconds} s:\n{self.text()}") from None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
        os.close(self.ours)
        os.close(self.theirs)
