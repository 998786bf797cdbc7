// For mongosh, as a user who may shard: `mongosh "$MONGODB_URI" deploy/mongodb/set-up.js`. Makes every collection and index, and
// on a sharded cluster shards what grows with the number of addresses. Repeating it changes nothing. The services make
// missing indexes at their start; run this before, where they may not, or where the cluster is sharded.

/** Hashed on `_id`: even, unique by itself, and named by every write. */
const BY_ID = { _id: 'hashed' };
const existing = (field) => ({ partialFilterExpression: { [field]: { $exists: true } } });

/**
 * The indexes are those of packages/store; a test holds them equal. Not sharded is what stays small or must be unique in
 * another field than its shard key: of tasks, the idempotency key.
 */
const COLLECTIONS = {
  tasks: {
    indexes: [
      [{ task_id: 1 }, { unique: true }],
      [{ task_id: 1, status: 1, created_time: 1 }],
      [{ status: 1, created_time: 1 }],
      [{ idempotency_key: 1 }, { unique: true, ...existing('idempotency_key') }],
      [{ settled: 1, task_id: 1 }, { partialFilterExpression: { settled: false } }],
      [{ completed_time: 1 }, existing('completed_time')],
    ],
  },
  subtasks: {
    shardKey: BY_ID,
    indexes: [
      [{ task_id: 1, status: 1, created_time: 1, _id: 1 }],
      [{ assigned_node: 1, deadline: 1 }, existing('deadline')],
      [{ deadline: 1 }, existing('deadline')],
      [{ next_retry_time: 1 }, existing('next_retry_time')],
    ],
  },
  task_progress: { shardKey: BY_ID, indexes: [[{ task_id: 1 }]] },
  chunks: {
    shardKey: BY_ID,
    indexes: [
      [{ settled: 1, dispatched_time: 1 }, { partialFilterExpression: { settled: false } }],
      [{ task_id: 1, settled: 1, dispatched_time: 1 }],
    ],
  },
  nodes: { indexes: [[{ node_id: 1 }, { unique: true }], [{ status: 1, last_seen: 1 }]] },
  dead_letters: {
    shardKey: BY_ID,
    indexes: [
      [{ first_seen: 1, _id: 1 }],
      [{ state: 1, first_seen: 1, _id: 1 }],
      [{ reason: 1, first_seen: 1, _id: 1 }],
      [{ queue: 1, first_seen: 1, _id: 1 }],
      [{ expires: 1 }, { expireAfterSeconds: 0 }],
    ],
  },
  alerts: {
    indexes: [
      [{ alert_id: 1 }, { unique: true }],
      [{ rule: 1, subject: 1, predecessors: 1 }],
      [{ active: 1 }, { partialFilterExpression: { active: true } }],
      [{ state: 1, alert_id: 1 }],
      [{ rule: 1, alert_id: 1 }],
      [{ 'notices.timestamp': 1 }, { sparse: true }],
      [{ 'deliveries.next_time': 1 }, { sparse: true }],
      [{ expires: 1 }, { expireAfterSeconds: 0 }],
    ],
  },
  leases: { indexes: [] },
};

const isSharded = db.hello().msg === 'isdbgrid';
if (isSharded) sh.enableSharding(db.getName());

const known = new Set(db.getCollectionNames());
for (const [name, { indexes, shardKey }] of Object.entries(COLLECTIONS)) {
  if (!known.has(name)) db.createCollection(name);
  for (const [keys, options] of indexes) db.getCollection(name).createIndex(keys, options);
  if (!isSharded || !shardKey) continue;
  const namespace = `${db.getName()}.${name}`;
  const sharded = db.getSiblingDB('config').getCollection('collections').findOne({ _id: namespace });
  if (!sharded) sh.shardCollection(namespace, shardKey);
}
print(`${db.getName()}: ${Object.keys(COLLECTIONS).length} collections ready${isSharded ? ', sharded' : ''}`);
