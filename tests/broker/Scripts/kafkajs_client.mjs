// kafkajs against the broker whose address is the only argument; prints "good" when all held.
import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';

const { Kafka, CompressionTypes, logLevel } = kafkajs;
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const kafka = new Kafka({ clientId: 'js', brokers: [process.argv[2]], logLevel: logLevel.NOTHING, connectionTimeout: 60_000, requestTimeout: 120_000 });
const admin = kafka.admin();
await admin.connect();
assert.equal(await admin.createTopics({ topics: [{ topic: 'js', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] }), true);
assert.equal(await admin.createTopics({ topics: [{ topic: 'js', numPartitions: 2 }] }), false);

const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
for (const [round, compression] of [CompressionTypes.None, CompressionTypes.GZIP].entries()) {
  const messages = Array.from({ length: 500 }, (_, i) => ({ value: `value ${round * 500 + i}`, partition: i % 2, headers: { h: 'x' } }));
  await producer.send({ topic: 'js', acks: -1, compression, messages });
}
await producer.disconnect();

const seen = new Map();
const run = async name => {
  const consumer = kafka.consumer({ groupId: 'g', sessionTimeout: 30_000, heartbeatInterval: 200, maxWaitTimeInMs: 100, rebalanceTimeout: 60_000 });
  await consumer.connect();
  await consumer.subscribe({ topic: 'js', fromBeginning: true });
  const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      assert.equal(message.headers.h.toString(), 'x');
      const place = `${partition}:${message.offset}`;
      seen.set(place, (seen.get(place) ?? 0) + 1);
    },
  });
  await joined;
  return consumer;
};

const until = async (holds, what) => {
  for (let i = 0; !(await holds()); i++) {
    assert.ok(i < 6000, what);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
};

const first = await run('first');
await until(() => seen.size === 1000, 'every message is read');
assert.ok([...seen.values()].every(times => times === 1), 'none is read twice');
const second = await run('second');
await until(async () => {
  const { groups } = await admin.describeGroups(['g']);
  return groups[0].state === 'Stable' && groups[0].members.length === 2;
}, 'two members share the group');
await first.disconnect();
await second.disconnect();

const offsets = await admin.fetchOffsets({ groupId: 'g', topics: ['js'] });
assert.deepEqual(offsets[0].partitions.map(p => p.offset).sort(), ['500', '500']);
assert.deepEqual((await admin.fetchTopicOffsets('js')).map(p => [p.low, p.high]), [['0', '500'], ['0', '500']]);
assert.ok((await admin.listGroups()).groups.some(g => g.groupId === 'g'));
const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: 'js' }] });
assert.equal(resources[0].configEntries.find(c => c.configName === 'retention.ms').configValue, '3600000');
await admin.deleteTopicRecords({ topic: 'js', partitions: [{ partition: 0, offset: '200' }] });
assert.equal((await admin.fetchTopicOffsets('js')).find(p => p.partition === 0).low, '200');
await admin.deleteGroups(['g']);
await admin.deleteTopics({ topics: ['js'] });
assert.ok(!(await admin.listTopics()).includes('js'));

const transactional = kafka.producer({ transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true, retry: { retries: 1, initialRetryTime: 10 } });
await transactional.connect();
await assert.rejects(transactional.transaction(), /coordinator/i);
await transactional.disconnect();
await admin.disconnect();
console.log('good');
