"""Which fault comes when: the same for the same seed. Plain code."""
import random
from dataclasses import dataclass

# Kinds of faults that are no kills of processes, with the shortest and the longest time that one lasts, in seconds.
LASTING = {
    "pause_engine": (0.2, 6.0),
    "pause_broker": (0.2, 6.0),
    "network_cut": (0.2, 5.0),
    "network_stall": (0.2, 5.0),
    "network_slow": (0.5, 5.0),
    "disk_full": (0.5, 5.0),
    "disk_slow": (0.5, 5.0),
    "clock_jump": (2.0, 6.0),
    "dead_actor": (0.0, 0.0),
}
KILLS = ("kill_engine", "kill_broker")
# Those that happen to one of the engines.
OF_AN_ENGINE = ("pause_engine", "dead_actor")
# The same in a cluster: an engine that is halted for longer than its session is taken for dead.
LASTING_IN_A_CLUSTER = {**LASTING, "pause_engine": (0.2, 12.0)}
# Between two kills, in seconds. A cluster shares its jobs out anew when an engine has been away for a session.
GAP, GAP_IN_A_CLUSTER = (2.0, 4.0), (8.0, 14.0)
# One kill in so many is the broker's.
KILLS_OF_A_DECK = 5
# What is killed is away for so long, in seconds, beside what it needs to start.
AWAY = (0.0, 1.5)
# How probable a lasting fault is between two kills.
SHARE_OF_LASTING = 0.7


@dataclass(frozen=True)
class Fault:
    """At `at` seconds from the start something breaks, and `lasts` seconds later it is mended."""
    at: float
    kind: str
    lasts: float
    engine: int | None = None

    @property
    def is_kill(self):
        return self.kind in KILLS


class Deck:
    """Gives its cards in a random order, then all of them again."""

    def __init__(self, rng, cards):
        self._rng = rng
        self._cards = list(cards)
        self._left = []

    def draw(self):
        if not self._left:
            self._left = self._rng.sample(self._cards, len(self._cards))
        return self._left.pop()


def kinds(engines):
    """Faults that are no kills. The snapshots of a cluster are on no disk of ours."""
    return [k for k in LASTING if engines == 1 or not k.startswith("disk_")]


def schedule(seed, kills, engines=1, kinds=tuple(LASTING)):
    """The faults of a run, by time: as many kills as asked for, and others between them."""
    gap = GAP if engines == 1 else GAP_IN_A_CLUSTER
    lasting = LASTING if engines == 1 else LASTING_IN_A_CLUSTER
    rng = random.Random(seed)
    in_a_deck = min(KILLS_OF_A_DECK, kills)
    # Of a single kill the engine is the victim.
    victims = Deck(rng, ["kill_broker"] * (in_a_deck > 1) + ["kill_engine"] * max(1, in_a_deck - 1))
    others = Deck(rng, kinds) if kinds else None
    faults = []
    at = 0.0
    for _ in range(kills):
        before = at
        at += rng.uniform(*gap)
        if others and rng.random() < SHARE_OF_LASTING:
            kind = others.draw()
            engine = rng.randrange(engines) if kind in OF_AN_ENGINE else None
            faults.append(Fault(rng.uniform(before, at), kind, rng.uniform(*lasting[kind]), engine))
        victim = victims.draw()
        faults.append(Fault(at, victim, rng.uniform(*AWAY), rng.randrange(engines) if victim == "kill_engine" else None))
    return sorted(faults, key=lambda f: f.at)


def counts(faults):
    """How many there are of each kind."""
    out = {}
    for f in faults:
        out[f.kind] = out.get(f.kind, 0) + 1
    return dict(sorted(out.items()))

