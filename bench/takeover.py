"""How long jobs are away, between a kill and their next results: restarted by themselves from snapshots in a folder, and in
a cluster, where another engine takes them over. Run by tools/bench in the Python of tools/setup; prints JSON.

  takeover.py PROGRAMS FOLDER ROUNDS
"""

import json
import pathlib
import re
import signal
import statistics
import sys
import threading
import time

root = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "tools"))
from confluent_kafka import OFFSET_END, Consumer, TopicPartition  # noqa: E402
from faults import totals  # noqa: E402
from faults.programs import Broker, Engine  # noqa: E402
from faults.proxy import Proxy  # noqa: E402
from faults.pulses import Pulses, read_instrument  # noqa: E402
from faults.sender import Sender  # noqa: E402
from streaming_data_types import deserialise_da00  # noqa: E402

INSTRUMENT = "loki"
SESSION = 6.0
PATIENCE = 120.0
BATCH = 1.0


class Arrivals(threading.Thread):
    """When the results of each job came last, and how long it was without any."""

    def __init__(self, servers):
        super().__init__(daemon=True)
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": "takeover", "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(f"{INSTRUMENT}_livedata_data", 0, OFFSET_END)])
        self._lock = threading.Lock()
        self._times = {}

    def run(self):
        while True:
            m = self._consumer.poll(0.1)
            if m is None or m.error():
                continue
            now = time.monotonic()
            key = json.loads(deserialise_da00(m.value()).source_name)
            job = (key["workflow_id"]["name"], key["job_id"]["source_name"])
            with self._lock:
                times = self._times.setdefault(job, [])
                # All outputs of a result come together.
                if not times or now - times[-1] > 0.1:
                    times.append(now)

    def first_after(self, moment):
        """By job: the first results after a moment."""
        with self._lock:
            return {job: next((t for t in times if t > moment), None) for job, times in self._times.items()}

    def longest_gap(self, jobs, begin):
        with self._lock:
            gaps = [b - a for job in jobs for times in [self._times[job]] for a, b in zip(times, times[1:]) if b > begin]
        return max(gaps, default=0.0)


def wait_until(done, what):
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            sys.exit(f"bench: {what} did not come")
        time.sleep(0.02)


def samples(text, name):
    """Labels and value of each sample of a metric in what a scrape gave."""
    for line in text.splitlines():
        if line.startswith(name + "{"):
            labels, _, rest = line[len(name) + 1 :].partition("} ")
            yield dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(rest.split()[0])


def jobs_of(engine):
    """(workflow, source) of the jobs that an engine has now."""
    text = engine.metrics()
    services = {labels["service"] for labels, jobs in samples(text, "livedata_jobs") if jobs > 0}
    return {(labels["workflow"], labels["source"]) for labels, _ in samples(text, "livedata_job_events_total")
            if labels["service"] in services}  # fmt: skip


class Stage:
    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.proxy = Proxy()
        self.broker = Broker(folder / "broker", programs / "livedata-topics")
        self.broker.begin(self.proxy)
        self.broker.make_topics(INSTRUMENT, 86_400)
        pulses = Pulses(read_instrument(root / "instruments" / f"{INSTRUMENT}.json"), 1)
        self.sender = Sender(self.broker.address, pulses)
        self.sender.start()
        self.sender.begin_events()
        self.arrivals = Arrivals(self.broker.address)
        self.arrivals.start()
        self.jobs = len(pulses.banks) * 2 + len(pulses.monitors)

    def engine(self, name, *more):
        options = [f"--instrument={INSTRUMENT}", "--geometry=described", "--dev", "--source=kafka", f"--bootstrap-servers={self.broker.address}",
                   "--services=detector_data,monitor_data", "--job-set=default", "--display=none", *more]  # fmt: skip
        return Engine(name, self.programs / "livedata", self.folder, options, {})

    def all_give_results_after(self, moment, jobs=None):
        def done():
            first = self.arrivals.first_after(moment)
            return len(first) == self.jobs and all(first[j] is not None for j in jobs or first)

        wait_until(done, f"a result of each of {self.jobs} jobs (see {self.folder})")
        first = self.arrivals.first_after(moment)
        return max(first[j] for j in jobs or first) - moment, min(first[j] for j in jobs or first) - moment

    def close(self):
        self.sender.stop(10)
        self.broker.close()
        self.proxy.close()


def restart(stage, rounds):
    engine = stage.engine("alone", f"--snapshots={stage.folder / 'snapshots'}")
    engine.start()
    stage.all_give_results_after(time.monotonic())
    out = {"first": [], "all": []}
    for _ in range(rounds):
        time.sleep(12)
        engine.kill(1e9)
        started = time.monotonic()
        engine.start()
        last, first = stage.all_give_results_after(started)
        out["first"].append(first)
        out["all"].append(last)
    engine.ask_to_end()
    engine.end(PATIENCE)
    return {name: statistics.median(values) for name, values in out.items()}


def cluster(stage, rounds):
    options = ["--publish=kafka", "--cluster.name=bench", f"--cluster.session-timeout={SESSION:g}s"]
    engines = [stage.engine(f"member-{i}", *options) for i in range(2)]
    shards = lambda e: totals.metric(e.metrics(), "livedata_cluster_shards")  # noqa: E731
    out = {"takeover": [], "moved": [], "stayed": []}
    for e in engines:
        e.start()
    wait_until(lambda: all(shards(e) == 3 for e in engines), "a share for both engines")
    stage.all_give_results_after(time.monotonic())
    victim, other = engines
    for _ in range(rounds):
        time.sleep(12)
        lost = jobs_of(victim)
        victim.kill(1e9)
        killed = time.monotonic()
        out["takeover"].append(stage.all_give_results_after(killed, lost)[0])
        time.sleep(5)
        begun = time.monotonic()
        victim.start()
        wait_until(lambda: shards(victim) == 3 and shards(other) == 3, "a share for the one that came back")
        moved = jobs_of(victim)
        stage.all_give_results_after(time.monotonic())
        out["moved"].append(stage.arrivals.longest_gap(moved, begun) - BATCH)
        out["stayed"].append(stage.arrivals.longest_gap(jobs_of(other), begun) - BATCH)
    for e in engines:
        e.ask_to_end()
    for e in engines:
        e.end(PATIENCE)
    return {name: statistics.median(values) for name, values in out.items()} | {"session": SESSION}


def main():
    programs, folder, rounds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by SIGTERM"))
    stage = Stage(programs, folder)
    try:
        print(json.dumps({"jobs": stage.jobs, "restart": restart(stage, rounds), "cluster": cluster(stage, rounds)}))
    finally:
        stage.close()


if __name__ == "__main__":
    main()
