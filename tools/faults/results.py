"""The last results of each job on Kafka."""
import json
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from streaming_data_types import deserialise_da00

PATIENCE = 30.0


class Reader:
    """Reads topics of one partition, straight from the broker."""

    def __init__(self, broker):
        self._consumer = Consumer({"bootstrap.servers": broker, "group.id": f"chaos-{uuid.uuid4()}",
                                   "enable.auto.commit": False, "auto.offset.reset": "error", "log_level": 0})

    def extent(self, topic):
        """The first offset of a topic, and the one behind the last."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._consumer.get_watermark_offsets(TopicPartition(topic, 0), PATIENCE)
            except KafkaException:
                # A broker that has just started may not lead its partitions yet.
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def messages(self, topic, begin):
        """The contents from an offset to the present end."""
        end = self.extent(topic)[1]
        if begin >= end:
            return
        self._consumer.assign([TopicPartition(topic, 0, begin)])
        while True:
            m = self._consumer.poll(PATIENCE)
            if m is None:
                raise RuntimeError(f"the broker gives nothing more of {topic}")
            if m.error():
                if m.error().code() in (KafkaError._PARTITION_EOF, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                    continue
                raise RuntimeError(f"{topic}: {m.error()}")
            yield m.value()
            if m.offset() + 1 >= end:
                return

    def close(self):
        self._consumer.close()


def last_counts(payloads, wanted):
    """By (workflow, source): the values of the last result, for those of `wanted`, which names an output for each."""
    out = {}
    for p in payloads:
        d = deserialise_da00(p)
        key = json.loads(d.source_name)
        job = (key["workflow_id"]["name"], key["job_id"]["source_name"])
        if wanted.get(job) == key["output_name"]:
            signal = next(v for v in d.data if v.name == "signal")
            out[job] = [round(float(x)) for x in signal.data.ravel()] if hasattr(signal.data, "ravel") else [
                round(float(signal.data))]
    return out
