"""Prometheus' text format, read far enough for tests."""

import re

_SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """{(name, ((label, value), ...)): number}, the labels in order of their names."""
    out = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _SAMPLE.match(line)
        if not found:
            raise ValueError(f"no sample: {line}")
        key = (found[1], tuple(sorted(_LABEL.findall(found[2] or ""))))
        if key in out:
            raise ValueError(f"twice: {line}")
        out[key] = float(found[3])
    return out


def value(samples, name, **labels):
    return samples[(name, tuple(sorted(labels.items())))]
