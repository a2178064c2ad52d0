"""kafka-python against the broker whose address is the only argument; prints "good" when all held."""
import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

servers = sys.argv[1]
# On a busy machine what is asked first takes longer than the two seconds that it is given.
patient = {"api_version_auto_timeout_ms": 120000}
admin = KafkaAdminClient(bootstrap_servers=servers, **patient)
admin.create_topics([NewTopic("py", 2, 1, topic_configs={"retention.ms": "3600000"})])
try:
    admin.create_topics([NewTopic("py", 2, 1)])
    raise SystemExit("the topic was made twice")
except TopicAlreadyExistsError:
    pass

offset = 0
for codec in (None, "gzip"):
    producer = KafkaProducer(bootstrap_servers=servers, **patient, acks="all", compression_type=codec, linger_ms=5)
    sent = [producer.send("py", b"value %d" % i, key=b"key", headers=[("h", b"x")], partition=i % 2) for i in range(500)]
    producer.flush()
    assert [f.get().offset for f in sent] == [offset + i // 2 for i in range(500)]
    producer.close()
    offset += 250


class Polling:
    """A consumer that polls in a thread of its own: a poll that joins waits for the group's other members."""

    def __init__(self, consumer):
        self.consumer, self.assigned, self.ending = consumer, 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        self.consumer.subscribe(["py"])
        while not self.ending.is_set():
            self.consumer.poll(100)
            self.assigned = len(self.consumer.assignment())
        self.consumer.close()

    def end(self):
        self.ending.set()
        self.thread.join()


def until(holds):
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.1)
    raise SystemExit("the group did not settle")


def consumer():
    return KafkaConsumer("py", bootstrap_servers=servers, **patient, group_id="g", auto_offset_reset="earliest",
                         enable_auto_commit=False, consumer_timeout_ms=300000, heartbeat_interval_ms=200, session_timeout_ms=30000)


first = consumer()
read = [next(first) for _ in range(1000)]
assert sorted((m.partition, m.offset) for m in read) == [(p, o) for p in range(2) for o in range(500)]
assert read[0].headers == [("h", b"x")]
first.commit()
assert first.committed(TopicPartition("py", 0)) == 500
assert first.beginning_offsets([TopicPartition("py", 0)])[TopicPartition("py", 0)] == 0
assert first.end_offsets([TopicPartition("py", 1)])[TopicPartition("py", 1)] == 500
assert first.offsets_for_times({TopicPartition("py", 0): 1})[TopicPartition("py", 0)].offset == 0

polling = [Polling(first), Polling(consumer())]
until(lambda: [p.assigned for p in polling] == [1, 1])
assert ("g", "consumer") in admin.list_consumer_groups()
described = admin.describe_consumer_groups(["g"])[0]
assert described.state == "Stable" and len(described.members) == 2, described
polling[0].end()
until(lambda: polling[1].assigned == 2)
polling[1].end()

offsets = admin.list_consumer_group_offsets("g")
assert offsets[TopicPartition("py", 1)].offset == 500, offsets
configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "py")])
assert any(c[0] == "retention.ms" and c[1] == "3600000" for c in configs[0].resources[0][4]), configs
admin.delete_topics(["py"])
assert "py" not in admin.list_topics()
print("good")
