"""Must hold: tools/chaos breaks the same at the same times for the same seed, and sees each event that is missing or
counted twice.

    faults_test.py SOURCE_DIR [LIBRARY]

LIBRARY: slow_disk of the build; without it, its test is left out.
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections import Counter
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(sys.argv.pop(1))
LIBRARY = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None
sys.path.insert(0, str(ROOT / "tools"))
from faults import schedule, totals  # noqa: E402
from faults.clock import JUMPS, LIBRARY as CLOCK_LIBRARY, Clock  # noqa: E402
from faults.proxy import DELAY, Proxy  # noqa: E402
from faults.pulses import Pulses, read_instrument  # noqa: E402


class Clocks(unittest.TestCase):
    @unittest.skipUnless(CLOCK_LIBRARY.exists(), "libfaketime is not installed")
    def test_the_wall_clock_of_a_program_jumps_and_comes_back(self):
        with tempfile.TemporaryDirectory() as folder:
            clock = Clock(Path(folder))
            self.assertLess(abs(self._ahead(clock)), 3)
            jumps = []
            for _ in JUMPS:
                clock.jump(True)
                jumps.append(round(self._ahead(clock)))
            for j, wanted in zip(jumps, (*JUMPS[1:], JUMPS[0])):
                self.assertLess(abs(j - int(wanted)), 3)
            clock.jump(False)
            self.assertLess(abs(self._ahead(clock)), 3)

    @staticmethod
    def _ahead(clock):
        """Seconds by which a new program is ahead of this one."""
        said = subprocess.run(["date", "+%s.%N"], env={**os.environ, **clock.environment}, capture_output=True, text=True)
        return float(said.stdout) - time.time()


class Soaks(unittest.TestCase):
    soak = SourceFileLoader("soak", str(ROOT / "tools" / "soak")).load_module()

    def samples(self, **changes):
        """An hour in which nothing grows, but what `changes` says of the value at a share of the time."""
        usual = {"memory_mb": 250.0, "descriptors": 40, "threads": 30, "cpu_s": 0.0, "lag_sum_s": 0.0, "lag_count": 0.0,
                 "batches": 0.0, "dropped": 0.0}
        out = []
        for i in range(100):
            s = {"at_s": 2.0 * i, **usual, "cpu_s": 0.2 * i, "lag_sum_s": 0.5 * i, "lag_count": 50.0 * i, "batches": 2.0 * i}
            s.update({name: value(i / 100) for name, value in changes.items()})
            out.append(s)
        return self.soak.derive(out)

    def test_what_follows_from_two_samples(self):
        s = self.samples()
        self.assertEqual(len(s), 99)
        self.assertAlmostEqual(s[7]["cores"], 0.1)
        self.assertAlmostEqual(s[7]["lag_s"], 0.01)

    def test_a_run_in_which_nothing_grows_is_well(self):
        self.assertEqual(self.soak.judge(self.samples()), [])
        # What is taken at the start is no growth.
        self.assertEqual(self.soak.judge(self.samples(memory_mb=lambda t: 100 if t < 0.2 else 250)), [])

    def test_what_grows_is_told(self):
        for name, value, word in (("memory_mb", lambda t: 250 * (1 + 0.1 * t), "memory grew"),
                                  ("descriptors", lambda t: 40 + round(10 * t), "descriptors grew"),
                                  ("threads", lambda t: 30 + round(10 * t), "threads grew"),
                                  ("lag_sum_s", lambda t: 20000 * t * t, "lag"),
                                  ("batches", lambda t: min(t, 0.1), "no batches"),
                                  ("dropped", lambda t: 3 if t > 0.9 else 0, "dropped")):
            problems = self.soak.judge(self.samples(**{name: value}))
            self.assertEqual(len(problems), 1, problems)
            self.assertIn(word, problems[0])

    def test_a_short_run_tells_nothing(self):
        self.assertIn("too few", self.soak.judge(self.samples()[:15])[0])


class Schedules(unittest.TestCase):
    def test_a_seed_gives_the_same_faults_again_and_another_seed_others(self):
        self.assertEqual(schedule.schedule(3, 50, 2), schedule.schedule(3, 50, 2))
        self.assertNotEqual(schedule.schedule(3, 50, 2), schedule.schedule(4, 50, 2))

    def test_there_are_as_many_kills_as_asked_for_so_far_apart_and_one_in_five_is_the_brokers(self):
        for kills in (1, 2, 4, 60, 200):
            faults = schedule.schedule(11, kills)
            at = [0.0] + [f.at for f in faults if f.is_kill]
            self.assertEqual(len(at) - 1, kills)
            self.assertTrue(all(2 <= b - a <= 4 for a, b in zip(at, at[1:])))
        self.assertEqual(schedule.counts(schedule.schedule(11, 60))["kill_broker"], 12)
        self.assertEqual(schedule.counts(schedule.schedule(11, 4))["kill_broker"], 1)
        self.assertNotIn("kill_broker", schedule.counts(schedule.schedule(11, 1)))

    def test_every_kind_of_fault_comes_as_often_as_the_others(self):
        n = schedule.counts(schedule.schedule(5, 200))
        lasting = [n[k] for k in schedule.LASTING]
        self.assertGreater(min(lasting), 10)
        self.assertLessEqual(max(lasting) - min(lasting), 1)

    def test_faults_come_in_order_and_last_as_long_as_their_kind_may(self):
        for engines, lasting in (1, schedule.LASTING), (3, schedule.LASTING_IN_A_CLUSTER):
            faults = schedule.schedule(6, 100, engines)
            self.assertEqual(faults, sorted(faults, key=lambda f: f.at))
            for f in faults:
                low, high = schedule.AWAY if f.is_kill else lasting[f.kind]
                self.assertTrue(low <= f.lasts <= high, f)
        self.assertEqual({f.engine for f in faults if f.kind == "kill_engine"}, {0, 1, 2})
        self.assertEqual({f.engine for f in faults if f.kind == "kill_broker"}, {None})

    def test_kinds_that_cannot_be_had_are_left_out(self):
        self.assertEqual(set(schedule.counts(schedule.schedule(1, 40, 1, ()))), set(schedule.KILLS))
        self.assertEqual(set(schedule.counts(schedule.schedule(1, 40, 1, ("disk_full",)))), {*schedule.KILLS, "disk_full"})

    def test_a_cluster_has_no_disk_and_more_time_between_two_kills(self):
        self.assertEqual(schedule.kinds(1), list(schedule.LASTING))
        self.assertNotIn("disk_full", schedule.kinds(3))
        kills = [f for f in schedule.schedule(3, 40, 3, schedule.kinds(3)) if f.is_kill]
        self.assertEqual({f.engine for f in kills if f.kind == "kill_engine"}, {0, 1, 2})
        for before, f in zip(kills, kills[1:]):
            self.assertGreaterEqual(f.at - before.at, schedule.GAP_IN_A_CLUSTER[0])


class Totals(unittest.TestCase):
    def test_what_is_missing_and_what_is_doubled_do_not_cancel(self):
        self.assertEqual(totals.difference([5, 7, 3], [5, 7, 3]), totals.Difference(15, 15, 0, 0))
        self.assertEqual(totals.difference([5, 7, 3], [4, 7, 5]), totals.Difference(15, 16, 1, 2))
        self.assertFalse(totals.difference([5, 7], [6, 6]).right)
        self.assertTrue(totals.difference([5, 7], [5, 7]).right)

    def test_a_result_that_never_came_has_lost_all_and_one_of_another_shape_is_an_error(self):
        self.assertEqual(totals.difference([5, 7], None), totals.Difference(12, 0, 12, 0))
        self.assertRaises(ValueError, totals.difference, [5, 7], [12])

    def test_sums_are_sums_of_each(self):
        self.assertEqual(totals.summed([totals.Difference(5, 4, 1, 0), totals.Difference(7, 9, 0, 2)]),
                         totals.Difference(12, 13, 1, 2))

    def test_metrics_are_read_as_a_scrape_gives_them(self):
        text = ('# TYPE a gauge\na{topic="x",of="events"} 3 17958\na{topic="y"} 4 17958\nab{topic="x"} 9 1\nbare 7\n'
                'books{at="source"} -2 5\n')
        self.assertEqual(totals.metric(text, "a"), 7)
        self.assertEqual(totals.metric(text, "a", topic="x"), 3)
        self.assertEqual(totals.metric(text, "bare"), 7)
        self.assertEqual(totals.metric(text, "none"), 0)
        self.assertEqual(totals.metric_values(text, "a"), [3, 4])
        self.assertEqual(totals.metric_values(text, "books"), [-2])


class MadeUpPulses(unittest.TestCase):
    def setUp(self):
        self.loki = read_instrument(ROOT / "instruments" / "loki.json")

    def test_the_events_of_a_message_are_in_the_bin_that_it_is_booked_for(self):
        from streaming_data_types import deserialise_ev44

        first = {d["name"]: d["first_pixel"] for d in self.loki["detectors"]}
        sizes = {d["name"]: d["sizes"] for d in self.loki["detectors"]}
        pulses = Pulses(self.loki, 1)
        seen = Counter()
        for k in range(30):
            for topic, payload, source, number, events in pulses.messages(k, 1_000 * k):
                if source is None:
                    self.assertEqual(topic, "loki_motion")
                    continue
                seen[topic] += 1
                m = deserialise_ev44(payload)
                self.assertEqual(len(m.time_of_flight), events)
                self.assertEqual(list(m.reference_time), [1_000 * k])
                if source in first:
                    s = sizes[source]
                    of_tube = s["straw"] * s["pixel"]
                    self.assertEqual({(int(p) - first[source]) // of_tube for p in m.pixel_id}, {number})
        self.assertEqual(seen, {"loki_detector": 30 * 9, "loki_beam_monitor": 30 * 5})

    def test_a_seed_gives_the_same_bytes_and_pulses_without_events_have_none(self):
        def content(seed, with_events=True):
            return [m[1] for k in range(3) for m in Pulses(self.loki, seed).messages(k, k, with_events)]

        self.assertEqual(content(1), content(1))
        self.assertNotEqual(content(1), content(2))
        self.assertEqual({m[4] for m in Pulses(self.loki, 1).messages(0, 0, False)}, {0})


class Networks(unittest.TestCase):
    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._echo, daemon=True).start()
        self.proxy = Proxy()
        self.proxy.target = self.server.getsockname()[1]

    def tearDown(self):
        self.proxy.close()
        self.server.close()

    def _echo(self):
        def serve(connection):
            with connection as s:
                try:
                    while data := s.recv(4096):
                        s.sendall(data)
                except OSError:
                    pass

        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def _connect(self):
        s = socket.create_connection(("127.0.0.1", self.proxy.port), 5)
        s.settimeout(5)
        return s

    def _round_trip(self, s):
        begin = time.monotonic()
        s.sendall(b"there and back")
        got = b""
        while len(got) < 14:
            more = s.recv(100)
            if not more:
                raise ConnectionError
            got += more
        self.assertEqual(got, b"there and back")
        return time.monotonic() - begin

    def test_it_passes_everything_on(self):
        with self._connect() as s:
            self._round_trip(s)

    def test_a_cut_ends_connections_and_refuses_new_ones_until_it_is_mended(self):
        with self._connect() as s:
            self._round_trip(s)
            self.proxy.cut(True)
            time.sleep(0.2)
            with self.assertRaises(OSError):
                self._round_trip(s)
        with self.assertRaises(OSError), self._connect() as s:
            self._round_trip(s)
        self.proxy.cut(False)
        time.sleep(0.2)
        with self._connect() as s:
            self._round_trip(s)

    def test_a_stall_holds_back_and_loses_nothing(self):
        with self._connect() as s:
            self._round_trip(s)
            self.proxy.stall(True)
            threading.Timer(0.5, self.proxy.stall, [False]).start()
            time.sleep(0.1)
            self.assertGreater(self._round_trip(s), 0.3)

    def test_a_slow_network_takes_its_time_for_each_chunk(self):
        with self._connect() as s:
            self.proxy.slow(True)
            time.sleep(0.1)
            self.assertGreaterEqual(self._round_trip(s), 2 * DELAY * 0.9)


class SlowDisks(unittest.TestCase):
    @unittest.skipUnless(LIBRARY, "no library was named")
    def test_a_flush_takes_as_long_as_the_file_says(self):
        with tempfile.TemporaryDirectory() as folder:
            delay = Path(folder) / "delay"
            code = f"import os, time; f = open({folder!r} + '/f', 'w'); b = time.monotonic(); os.fsync(f.fileno()); " \
                   "print(time.monotonic() - b)"
            for ms in (0, 700):
                delay.write_text(str(ms))
                out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True,
                                     env={**os.environ, "LD_PRELOAD": str(LIBRARY), "SLOW_DISK": str(delay)})
                self.assertGreaterEqual(float(out.stdout), ms / 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
