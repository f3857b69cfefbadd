"""Pulses of an instrument's development set-up with known counts: made from a seed, bin by bin."""
import json
import random

import numpy as np
from streaming_data_types import serialise_ev44, serialise_f144

FREQUENCY = 14
LONGEST_ARRIVAL_NS = 71_000_000
FEWEST_EVENTS, MOST_EVENTS = 20, 200


class Bank:
    """A detector bank: all events of a pulse are in one tube, another one for the next pulse."""

    def __init__(self, instrument, description):
        self.name = self.source = description["name"]
        self.topic = f"{instrument}_detector"
        self._first = description["first_pixel"]
        sizes = description["sizes"]
        self.bins = sizes["layer"] * sizes["tube"]
        self._pixels = sizes["straw"] * sizes["pixel"]

    def bin_of(self, pulse):
        return pulse % self.bins

    def pixels(self, rng, pulse, events):
        first = self._first + self.bin_of(pulse) * self._pixels
        return rng.integers(first, first + self._pixels, events, dtype=np.int32)


class Monitor:
    """A beam monitor; its events are in no pixel of interest."""
    bins = 1

    def __init__(self, instrument, number, description):
        self.name = description["name"]
        self.source = f"monitor{number}"
        self.topic = f"{instrument}_beam_monitor"

    def bin_of(self, pulse):
        return 0

    def pixels(self, rng, pulse, events):
        return np.ones(events, dtype=np.int32)


class Pulses:
    """What the producers of an instrument send; `description` is its file, as JSON."""

    def __init__(self, description, seed):
        name = description["name"]
        self.instrument = name
        self.banks = [Bank(name, d) for d in description["detectors"]]
        self.monitors = [Monitor(name, i + 1, m) for i, m in enumerate(description["monitors"])]
        self.sources = self.banks + self.monitors
        self._motion = f"{name}_motion"
        self._parts = [d[part] for d in description.get("devices", []) if self._is_context(description, d["name"])
                       for part in ("value", "target", "idle") if part in d]
        self._idle = {d["idle"] for d in description.get("devices", []) if "idle" in d}
        self._rng = np.random.default_rng(seed)
        self._sizes = random.Random(seed)

    @staticmethod
    def _is_context(description, name):
        return any(c["stream"] == name for c in description.get("contexts", []))

    def messages(self, pulse, time_ns, with_events=True):
        """(topic, payload, source, bin, events) of each message of a pulse. Without events: only the time passes."""
        if pulse % FREQUENCY == 0:
            for part in self._parts:
                value = np.int64(1) if part in self._idle else np.float64(0)
                yield self._motion, serialise_f144(part, value, time_ns), None, 0, 0
        for s in self.sources:
            events = self._sizes.randint(FEWEST_EVENTS, MOST_EVENTS) if with_events else 0
            arrivals = self._rng.integers(0, LONGEST_ARRIVAL_NS, events, dtype=np.int32)
            payload = serialise_ev44(s.source, pulse, [time_ns], [0], arrivals, s.pixels(self._rng, pulse, events))
            yield s.topic, payload, s.name, s.bin_of(pulse), events


def read_instrument(path):
    return json.loads(path.read_text())
