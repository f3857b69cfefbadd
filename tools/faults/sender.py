"""Sends pulses in real time, and knows exactly what the broker has taken."""
import threading
import time

from confluent_kafka import Producer

from faults.pulses import FREQUENCY

PERIOD_NS = 1_000_000_000 // FREQUENCY


class Sender:
    """A thread that sends a pulse every 1/14 s until it is stopped.

    The producer is idempotent and never gives a message up, so that each is on the broker once. `delivered` counts
    what the broker has confirmed: by source, events of each bin; by topic, messages.
    """

    def __init__(self, broker, pulses):
        self.delivered = {s.name: [0] * s.bins for s in pulses.sources}
        self.messages = {}
        self.failed = []
        self._pulses = pulses
        self._producer = Producer({
            "bootstrap.servers": broker, "enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 0,
            "queue.buffering.max.messages": 1_000_000, "reconnect.backoff.max.ms": 1000, "log_level": 0})
        self._with_events = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send_all, daemon=True)

    def start(self):
        """Begins with pulses without events: what jobs wait for before they count."""
        self._thread.start()

    def begin_events(self):
        self._with_events.set()

    def stop(self, patience):
        """Sends no more, and waits until the broker has everything."""
        self._stop.set()
        self._thread.join()
        left = self._producer.flush(patience)
        if left:
            self.failed.append(f"{left} messages were not taken within {patience:.0f} s")

    @property
    def events(self):
        return sum(map(sum, self.delivered.values()))

    def _send_all(self):
        begin = time.time_ns()
        pulse = 0
        while not self._stop.is_set():
            due = begin + pulse * PERIOD_NS
            self._producer.poll(max(0.0, (due - time.time_ns()) / 1e9))
            if time.time_ns() < due:
                continue
            for topic, payload, source, number, events in self._pulses.messages(pulse, due, self._with_events.is_set()):
                self._producer.produce(topic, payload, on_delivery=self._count(topic, source, number, events))
            pulse += 1

    def _count(self, topic, source, number, events):
        def done(error, _):
            if error:
                self.failed.append(f"{topic}: {error}")
                return
            self.messages[topic] = self.messages.get(topic, 0) + 1
            if source:
                self.delivered[source][number] += events

        return done
