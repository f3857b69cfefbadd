"""A run: broker, engines, sender, faults at their times, and the comparison at the end."""
import sys
import threading
import time

from faults import schedule, totals
from faults.clock import Clock
from faults.disk import Disk
from faults.programs import ROOT, Broker, Engine
from faults.proxy import Proxy
from faults.pulses import Pulses, read_instrument
from faults.results import Reader, last_counts
from faults.sender import Sender

INSTRUMENT = "loki"
SERVICES = ("detector_data", "monitor_data")
# Of a cluster: its shards, and for how long an engine may give no sign of life.
SHARDS, SESSION = 6, "6s"
# Topics keep what is sent for longer than a run takes.
KEEP_SECONDS = 86_400
# Pulses without events at the start, and with events behind the last fault, in seconds.
WARM_UP, CALM = 4.0, 4.0
# How long an engine may take to start, to take in what has come, and to end, in seconds.
PATIENCE = 300.0
# It has taken all in if nothing waits for so long.
QUIET = 3.0
# Metrics of what waits somewhere.
WAITING = ("livedata_kafka_consumer_lag_messages", "livedata_source_queue_messages", "livedata_batches_waiting",
           "livedata_in_flight_messages")


def say(text):
    print(f"chaos: {text}", flush=True)


def preloaded(*environments):
    """Environments in one; libraries that they want to be loaded first are loaded all."""
    together = {name: value for e in environments for name, value in e.items()}
    libraries = [e["LD_PRELOAD"] for e in environments if "LD_PRELOAD" in e]
    return {**together, "LD_PRELOAD": ":".join(libraries)} if libraries else together


class Run:
    def __init__(self, args, folder, kinds):
        self.args = args
        self.begun = time.monotonic()
        self.problems = []
        self.done = {}
        self.disk = Disk(folder / "snapshots", args.build / "lib" / "libslow_disk.so")
        self.clock = Clock(folder)
        mortal = args.build / "tests" / "mortal_engine"
        self.program = mortal if mortal.exists() else args.build / "bin" / "livedata"
        able = {"disk_full": self.disk.can_be_full, "disk_slow": self.disk.can_be_slow, "clock_jump": self.clock.can_jump,
                "dead_actor": mortal.exists()}
        self.left_out = [k for k in kinds if not able.get(k, True)]
        for k in self.left_out:
            say(f"{k} is left out: it cannot be had here")
        self.faults = schedule.schedule(args.seed, args.kills, args.engines, [k for k in kinds if k not in self.left_out])
        self.pulses = Pulses(read_instrument(ROOT / "instruments" / f"{INSTRUMENT}.json"), args.seed)
        self.broker = Broker(folder / "broker", args.build / "bin" / "livedata-topics")
        self.engines = []
        self.proxy = self.sender = None
        self.folder = folder

    # ---- what there is

    def begin(self):
        self.proxy = Proxy()
        self.broker.begin(self.proxy)
        self.broker.make_topics(INSTRUMENT, KEEP_SECONDS)
        for i in range(self.args.engines):
            if self.args.engines == 1:
                place = [f"--snapshots={self.disk.folder / f'engine-{i}'}"]
            else:
                place = ["--cluster.name=chaos", f"--cluster.shards={SHARDS}", f"--cluster.session-timeout={SESSION}"]
            options = [f"--instrument={INSTRUMENT}", "--dev", "--source=kafka",
                       f"--bootstrap-servers=127.0.0.1:{self.proxy.port}", f"--services={','.join(SERVICES)}",
                       "--job-set=default", "--display=none", *place, f"--snapshots.interval={self.args.snapshots_interval}",
                       # Usually a job whose actor dies a fourth time is given up.
                       "--restart.limit=1000"]
            self.engines.append(Engine(f"engine-{i}", self.program, self.folder, options,
                                       preloaded(self.disk.environment, self.clock.environment)))
            self.engines[-1].start()
        threading.Thread(target=self._listen, daemon=True).start()
        self._await("the start of the engines", lambda: all("livedata_kafka_connected" in e.metrics() for e in self.engines))
        # The first snapshot says from where each topic is read.
        self._await("the first snapshots", self._snapshots_are_there)
        self.sender = Sender(self.broker.address, self.pulses)
        self.sender.start()
        self._rest(WARM_UP)
        self.sender.begin_events()

    def _snapshots_are_there(self):
        if self.args.engines == 1:
            return len(list((self.disk.folder / "engine-0").glob("*.snapshot"))) >= len(SERVICES)
        texts = [e.metrics() for e in self.engines]
        shards = [totals.metric(t, "livedata_cluster_shards") for t in texts]
        return all(shards) and sum(shards) == SHARDS and all(
            v >= 1 for t in texts for v in totals.metric_values(t, "livedata_snapshots_total"))

    # ---- faults

    def break_things(self):
        """Does the faults at their times. If one has to wait, for the broker to start, all after it come so much later."""
        actions = sorted([(f.at, i, True, f) for i, f in enumerate(self.faults)]
                         + [(f.at + f.lasts, i, False, f) for i, f in enumerate(self.faults)], key=lambda a: a[:3])
        begin = time.monotonic()
        for at, _, on, fault in actions:
            self._rest(begin + at - time.monotonic())
            broken = self._do(fault, on)
            begin += max(0.0, time.monotonic() - begin - at)
            if broken and on:
                self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
                say(f"{time.monotonic() - self.begun:7.1f} s  {fault.kind} for {fault.lasts:.1f} s")
        self.broker.wait()

    def _do(self, fault, on):
        kind = fault.kind
        if kind == "kill_engine":
            return on and self._kill(self.engines[fault.engine], fault)
        if kind == "kill_broker":
            self.broker.kill() if on else self.broker.start()
        elif kind == "pause_engine":
            self.engines[fault.engine].halt(on)
        elif kind == "dead_actor":
            return on and self._until(self.engines[fault.engine].kill_actor)
        elif kind == "pause_broker":
            self.broker.halt(on)
        else:
            where, what = kind.split("_")
            getattr({"network": self.proxy, "disk": self.disk, "clock": self.clock}[where], what)(on)
        return True

    def _kill(self, engine, fault):
        # One that has just ended of itself is up again in a second.
        return self._until(lambda: engine.kill(fault.lasts), fault.lasts)

    def _until(self, happens, between=0.0):
        """Tries until it happens: the engine may be about to start."""
        end = time.monotonic() + PATIENCE
        while not (done := happens()) and time.monotonic() < end:
            self._rest(between + 0.2)
        return done

    # ---- the end

    def settle(self):
        """Everything is mended; what was sent is taken in, and the engines end. Gives where their last results begin."""
        reader = Reader(self.broker.address)
        begin = reader.extent(f"{INSTRUMENT}_livedata_data")[1]
        self._rest(CALM)
        self.sender.stop(PATIENCE)
        self._check_sender(reader)
        self._await("the engines to take everything in", self._nothing_waits)
        for e in self.engines:
            self._note_metrics(e)
            e.ask_to_end()
        for e in self.engines:
            code = e.end(PATIENCE)
            if code != 0:
                self.problems.append(f"{e.name} ended with {code} instead of 0")
        return reader, begin

    def _check_sender(self, reader):
        self.problems += self.sender.failed[:10]
        for topic, n in self.sender.messages.items():
            first, end = reader.extent(topic)
            if end - first != n:
                self.problems.append(f"{topic} has {end - first} messages, and {n} were confirmed")

    def _nothing_waits(self):
        texts = [e.metrics() for e in self.engines]
        quiet = all(t and totals.metric(t, "livedata_kafka_connected") >= 1
                    and not any(totals.metric(t, name) for name in WAITING) for t in texts)
        if self.args.engines > 1:
            quiet = quiet and sum(totals.metric(t, "livedata_cluster_shards") for t in texts) == SHARDS
        now = time.monotonic()
        if not quiet or any(e.age() < QUIET for e in self.engines):
            self._quiet_since = now
        return now - self._quiet_since >= QUIET

    def _what_waits(self):
        names = ("livedata_kafka_connected", *WAITING)
        return {e.name: {n: totals.metric(text, n) for n in names} for e in self.engines if (text := e.metrics())}

    _quiet_since = float("inf")

    def compare(self, reader, begin):
        """By (workflow, source): the difference."""
        wanted = {}
        sent = {}
        for s in self.pulses.sources:
            bins = self.sender.delivered[s.name]
            if s in self.pulses.banks:
                wanted["detector_xy_projection", s.name] = "counts_total_cumulative"
                sent["detector_xy_projection", s.name] = [sum(bins)]
                wanted["tube_view", s.name] = "cumulative"
                sent["tube_view", s.name] = bins
            elif s in self.pulses.monitors:
                wanted["monitor_histogram", s.name] = "counts_total_cumulative"
                sent["monitor_histogram", s.name] = [sum(bins)]
        counted = last_counts(reader.messages(f"{INSTRUMENT}_livedata_data", begin), wanted)
        return {job: totals.difference(bins, counted.get(job)) for job, bins in sent.items()}

    # ---- the whole

    def play(self):
        self.begin()
        say("pulses flow")
        self.break_things()
        reader, begin = self.settle()
        jobs = self.compare(reader, begin)
        reader.close()
        return self._summary(jobs), self.problems

    def _summary(self, jobs):
        whole = totals.summed(jobs.values())
        kills = sum(self.done.get(k, 0) for k in schedule.KILLS)
        if kills != self.args.kills:
            self.problems.append(f"{kills} of {self.args.kills} kills happened")
        if not whole.right:
            self.problems.append(f"{whole.lost} events lost, {whole.doubled} counted twice")
        for e in self.engines:
            if e.bad_ends():
                self.problems.append(f"{e.name} ended of itself, by exit code: {e.bad_ends()}")
            if e.books_difference:
                self.problems.append(f"the books of {e.name} did not balance: {e.books_difference}")
        return {
            "kills": kills, "events_sent": whole.sent, "events_counted": whole.counted, "lost": whole.lost,
            "doubled": whole.doubled, "seed": self.args.seed, "engines": self.args.engines, "faults": self.done,
            "left_out": self.left_out, "duration_s": round(time.monotonic() - self.begun, 1),
            "events_of_sources": self.sender.events, "messages": sum(self.sender.messages.values()),
            "starts_without_broker": sum(n for e in self.engines for n in e.ends.values()),
            "events_dropped": sum(sum(e.dropped.values()) for e in self.engines),
            "books_difference": max(e.books_difference for e in self.engines),
            "jobs": len(jobs),
            "wrong_jobs": [{"workflow": w, "source": s, "sent": d.sent, "counted": d.counted, "lost": d.lost,
                            "doubled": d.doubled} for (w, s), d in jobs.items() if not d.right],
        }

    def _listen(self):
        """Hears what the engines say of themselves, until the end."""
        while True:
            for e in self.engines:
                self._note_metrics(e)
            time.sleep(0.5)

    def _note_metrics(self, engine):
        life = engine.lives
        text = engine.metrics()
        if text and life == engine.lives:
            engine.dropped[life] = int(totals.metric(text, "livedata_source_events_dropped_total"))
            wrong = max((abs(v) for v in totals.metric_values(text, "livedata_books_difference")), default=0)
            engine.books_difference = max(engine.books_difference, int(wrong))

    def _rest(self, seconds):
        """Lets time pass, and looks after the engines meanwhile."""
        end = time.monotonic() + seconds
        while True:
            for e in self.engines:
                e.watch()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.05))

    def _await(self, what, condition):
        end = time.monotonic() + PATIENCE
        self._quiet_since = time.monotonic()
        while not condition():
            self._rest(0.2)
            if any(e.bad_ends() for e in self.engines) or time.monotonic() > end:
                self.problems.append(f"waited in vain for {what}: {self._what_waits()}")
                return

    def show_logs(self):
        for e in self.engines:
            print(f"--- {e.log}\n{e.log.read_text()[-6000:]}", file=sys.stderr)

    def close(self):
        for e in self.engines:
            e.close()
        self.broker.close()
        if self.proxy:
            self.proxy.close()
        self.disk.close()
