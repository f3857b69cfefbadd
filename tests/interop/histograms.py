"""Histograms of a monitor, with an engine of their own: in one batch with events of the same monitor, the events win."""
import numpy as np

from data import EDGES, NS_EDGES
from stage import SERVICES, equal, signal_of

ENGINES = [SERVICES]


def histograms_of_a_monitor_are_added(stage):
    job = stage.start("monitor_histogram", "monitor1", params=EDGES)
    sent = [stage.rng.integers(0, 100, 35).astype(float) for _ in range(28)]
    for counts in sent:
        stage.send_histogram("monitor1", NS_EDGES, counts)
    stage.flush()
    for _ in range(56):
        stage.send_histogram("monitor1", NS_EDGES, np.zeros(35))
    stage.flush()
    d = stage.settled(job, "cumulative", lambda d: np.isclose(signal_of(d).sum(), np.sum(sent)))
    equal(np.allclose(signal_of(d), np.sum(sent, axis=0)), True, "histogram")


SCENARIOS = [histograms_of_a_monitor_are_added]
