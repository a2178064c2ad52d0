"""kafka-python against the broker whose address is the only argument; prints "good" when all held."""
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

servers = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic("py", 2, 1, topic_configs={"retention.ms": "3600000"})])
try:
    admin.create_topics([NewTopic("py", 2, 1)])
    raise SystemExit("the topic was made twice")
except TopicAlreadyExistsError:
    pass

offset = 0
for codec in (None, "gzip"):
    producer = KafkaProducer(bootstrap_servers=servers, acks="all", compression_type=codec, linger_ms=5)
    sent = [producer.send("py", b"value %d" % i, key=b"key", headers=[("h", b"x")], partition=i % 2) for i in range(500)]
    producer.flush()
    assert [f.get().offset for f in sent] == [offset + i // 2 for i in range(500)]
    producer.close()
    offset += 250


def join(consumer):
    while not consumer.assignment():
        consumer.poll(200)


def consumer():
    return KafkaConsumer("py", bootstrap_servers=servers, group_id="g", auto_offset_reset="earliest",
                         enable_auto_commit=False, consumer_timeout_ms=20000, heartbeat_interval_ms=200, session_timeout_ms=6000)


first = consumer()
read = [next(first) for _ in range(1000)]
assert sorted((m.partition, m.offset) for m in read) == [(p, o) for p in range(2) for o in range(500)]
assert read[0].headers == [("h", b"x")]
first.commit()
assert first.committed(TopicPartition("py", 0)) == 500
assert first.beginning_offsets([TopicPartition("py", 0)])[TopicPartition("py", 0)] == 0
assert first.end_offsets([TopicPartition("py", 1)])[TopicPartition("py", 1)] == 500
assert first.offsets_for_times({TopicPartition("py", 0): 1})[TopicPartition("py", 0)].offset == 0

second = consumer()
while len(first.assignment()) != 1 or len(second.assignment()) != 1:
    first.poll(100)
    second.poll(100)
assert ("g", "consumer") in admin.list_consumer_groups()
described = admin.describe_consumer_groups(["g"])[0]
assert described.state == "Stable" and len(described.members) == 2, described
first.close()
while len(second.assignment()) != 2:
    second.poll(100)
second.close()

offsets = admin.list_consumer_group_offsets("g")
assert offsets[TopicPartition("py", 1)].offset == 500, offsets
configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "py")])
assert any(c[0] == "retention.ms" and c[1] == "3600000" for c in configs[0].resources[0][4]), configs
admin.delete_topics(["py"])
assert "py" not in admin.list_topics()
print("good")
