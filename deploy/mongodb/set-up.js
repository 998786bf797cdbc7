// For mongosh, as a user who may shard: `mongosh "$MONGODB_URI" deploy/mongodb/set-up.js`. Makes every collection and
// index, and on a sharded cluster shards what grows with the number of addresses. A second run changes nothing. The
// services make missing indexes at their start; run this before, if they may not, or if the cluster is sharded.

// indexes: written by `npm run docs` from the models of packages/store
// biome-ignore format: one index to a line
const INDEXES = {
  tasks: [
    [{"task_id":1},{"unique":true}],
    [{"task_id":1,"status":1,"created_time":1}],
    [{"created_time":1,"_id":1}],
    [{"status":1,"created_time":1,"_id":1}],
    [{"labels":1,"created_time":1,"_id":1}],
    [{"name":1},{"partialFilterExpression":{"name":{"$exists":true}}}],
    [{"task_initiator":1,"created_time":1,"_id":1}],
    [{"task_category":1,"created_time":1,"_id":1}],
    [{"task_type":1,"created_time":1,"_id":1}],
    [{"config.pool":1,"created_time":1,"_id":1}],
    [{"target_ranges.first":1}],
    [{"config.priority":1,"_id":1}],
    [{"status":1,"config.priority":1,"_id":1}],
    [{"status":1,"config.pool":1}],
    [{"resumed_time":1},{"partialFilterExpression":{"resumed_time":{"$exists":true}}}],
    [{"settled":1,"task_id":1},{"partialFilterExpression":{"settled":false}}],
    [{"retry_all.requested_time":1},{"partialFilterExpression":{"retry_all.requested_time":{"$exists":true}}}],
    [{"clean_up.requested_time":1},{"partialFilterExpression":{"clean_up.requested_time":{"$exists":true}}}],
    [{"chain.todo":1,"settled":1,"status":1},{"partialFilterExpression":{"chain.todo":{"$exists":true}}}],
    [{"completed_time":1},{"partialFilterExpression":{"completed_time":{"$exists":true}}}],
    [{"started_time":1},{"partialFilterExpression":{"started_time":{"$exists":true}}}],
    [{"schedule_id":1,"created_time":1,"_id":1},{"partialFilterExpression":{"schedule_id":{"$exists":true}}}],
    [{"schedule_id":1,"status":1},{"partialFilterExpression":{"schedule_id":{"$exists":true}}}],
    [{"excluded.by.exclusion_id":1,"task_id":1},{"partialFilterExpression":{"excluded.by.exclusion_id":{"$exists":true}}}],
    [{"hold.code":1,"task_id":1},{"partialFilterExpression":{"hold.code":{"$exists":true}}}],
    [{"hold.freeze_id":1,"created_time":1,"_id":1},{"partialFilterExpression":{"hold.freeze_id":{"$exists":true}}}],
    [{"task_id":1,"settled":1},{"partialFilterExpression":{"config.windows":{"$exists":true}}}],
  ],
  freezes: [
    [{"freeze_id":1},{"unique":true}],
    [{"until":1},{"expireAfterSeconds":0}],
  ],
  subtasks: [
    [{"task_id":1,"status":1,"index":1,"attempt":1,"has_open_ports":1,"assigned_node":1}],
    [{"task_id":1,"error_info.error_code":1,"status":1,"index":1},{"partialFilterExpression":{"error_info.error_code":{"$exists":true}}}],
    [{"task_id":1,"has_open_ports":1,"index":1},{"partialFilterExpression":{"has_open_ports":true}}],
    [{"task_id":1,"address_key":1},{"partialFilterExpression":{"has_open_ports":true}}],
    [{"scan_result.open_ports":1,"completed_time":1,"_id":1},{"partialFilterExpression":{"has_open_ports":true}}],
    [{"completed_time":1,"_id":1},{"partialFilterExpression":{"has_open_ports":true}}],
    [{"address_key":1,"_id":1},{"partialFilterExpression":{"has_open_ports":true}}],
    [{"task_id":1,"last_node":1,"index":1},{"partialFilterExpression":{"last_node":{"$exists":true}}}],
    [{"assigned_node":1,"deadline":1},{"partialFilterExpression":{"deadline":{"$exists":true}}}],
    [{"deadline":1,"assigned_node":1,"assigned_instance":1},{"partialFilterExpression":{"deadline":{"$exists":true}}}],
    [{"task_id":1,"retry_sent_time":1,"retry_due_time":1},{"partialFilterExpression":{"retry_due_time":{"$exists":true}}}],
  ],
  findings: [
    [{"completed_time":1,"_id":1}],
    [{"task_id":1,"completed_time":1,"_id":1}],
    [{"finding_id":1,"completed_time":1,"_id":1}],
    [{"severity":1,"completed_time":1,"_id":1},{"partialFilterExpression":{"severity":{"$exists":true}}}],
    [{"address_key":1,"_id":1}],
  ],
  completions: [],
  hosts: [
    [{"services.port":1,"_id":1}],
    [{"findings.severity":1,"_id":1},{"partialFilterExpression":{"findings.severity":{"$exists":true}}}],
    [{"labels":1,"_id":1},{"partialFilterExpression":{"labels":{"$exists":true}}}],
  ],
  host_changes: [
    [{"time":1},{"expireAfterSeconds":7776000}],
  ],
  task_targets: [],
  task_progress: [
    [{"task_id":1}],
  ],
  task_ends: [
    [{"end_id":1},{"unique":true}],
    [{"notices.timestamp":1},{"sparse":true}],
    [{"deliveries.target":1,"deliveries.next_time":1},{"sparse":true}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  chunks: [
    [{"settled":1,"dispatched_time":1},{"partialFilterExpression":{"settled":false}}],
    [{"task_id":1,"settled":1,"dispatched_time":1}],
    [{"task_id":1,"first_index":1}],
    [{"waits":1,"task_id":1,"first_index":1},{"partialFilterExpression":{"waits":{"$exists":true}}}],
  ],
  nodes: [
    [{"node_id":1},{"unique":true}],
    [{"status":1,"last_seen":1}],
    [{"last_seen":1},{"expireAfterSeconds":2592000}],
  ],
  dead_letters: [
    [{"first_seen":1,"_id":1}],
    [{"state":1,"first_seen":1,"_id":1}],
    [{"state":1,"reason":1,"first_seen":1,"queue":1,"task_id":1}],
    [{"task_id":1,"state":1,"reason":1,"first_seen":1,"queue":1},{"partialFilterExpression":{"task_id":{"$exists":true}}}],
    [{"reason":1,"first_seen":1,"_id":1}],
    [{"queue":1,"first_seen":1,"_id":1}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  alerts: [
    [{"alert_id":1},{"unique":true}],
    [{"rule":1,"subject":1,"predecessors":1}],
    [{"active":1},{"partialFilterExpression":{"active":true}}],
    [{"muted":1},{"partialFilterExpression":{"muted":true}}],
    [{"state":1,"alert_id":1}],
    [{"rule":1,"alert_id":1}],
    [{"notices.timestamp":1},{"sparse":true}],
    [{"deliveries.target":1,"deliveries.next_time":1},{"sparse":true}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  silences: [
    [{"silence_id":1},{"unique":true}],
    [{"until":1},{"expireAfterSeconds":0}],
  ],
  scan_methods: [
    [{"method":1},{"unique":true}],
  ],
  webhooks: [
    [{"webhook_id":1},{"unique":true}],
  ],
  leases: [
    [{"expires":1},{"expireAfterSeconds":21600}],
  ],
  limits: [
    [{"limit_id":1},{"unique":true}],
  ],
  limit_states: [
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  queues: [
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  clean_up_requests: [],
  deleted_tasks: [
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  idempotency_keys: [
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  operations: [
    [{"operation_id":1},{"unique":true}],
    [{"state":1,"action":1,"operation_id":1}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  schedules: [
    [{"schedule_id":1},{"unique":true}],
    [{"due_time":1},{"partialFilterExpression":{"due_time":{"$exists":true}}}],
    [{"paused_by":1},{"partialFilterExpression":{"paused_by":{"$exists":true}}}],
    [{"missed_time":1},{"partialFilterExpression":{"missed_time":{"$exists":true}}}],
    [{"key_id":1},{"partialFilterExpression":{"key_id":{"$exists":true}}}],
  ],
  schedule_runs: [
    [{"schedule_id":1,"planned_time":1},{"unique":true}],
    [{"todo":1,"planned_time":1},{"partialFilterExpression":{"todo":{"$exists":true}}}],
    [{"compare":1,"compared_time":1,"planned_time":1},{"partialFilterExpression":{"compare":true}}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  audit_log: [
    [{"audit_id":1},{"unique":true}],
    [{"operator":1,"audit_id":1}],
    [{"operation":1,"audit_id":1}],
    [{"task_id":1,"audit_id":1},{"partialFilterExpression":{"task_id":{"$exists":true}}}],
    [{"subject":1,"audit_id":1},{"partialFilterExpression":{"subject":{"$exists":true}}}],
    [{"tasks.task_id":1,"audit_id":1},{"partialFilterExpression":{"tasks":{"$exists":true}}}],
    [{"time":1}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  api_keys: [
    [{"key_id":1},{"unique":true}],
    [{"active":1,"name":1}],
    [{"active":1,"key_id":1}],
    [{"change":1}],
    [{"revoked_time":1},{"expireAfterSeconds":7776000}],
  ],
  exclusions: [
    [{"exclusion_id":1},{"unique":true}],
    [{"until":1},{"expireAfterSeconds":7776000}],
  ],
  sessions: [
    [{"caller_id":1,"expires":1}],
    [{"change":1},{"partialFilterExpression":{"change":{"$exists":true}}}],
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
  statistics_samples: [
    [{"timestamp":1},{"expireAfterSeconds":3660}],
  ],
  coarse_samples: [
    [{"timestamp":1},{"expireAfterSeconds":608400}],
  ],
  node_samples: [
    [{"timestamp":1},{"expireAfterSeconds":3660}],
  ],
  node_counts: [
    [{"timestamp":1},{"expireAfterSeconds":3960}],
  ],
  fleet_events: [
    [{"time":1},{"expireAfterSeconds":2592000}],
    [{"subject":1,"time":1}],
  ],
  sequences: [],
  server_checks: [
    [{"expires":1},{"expireAfterSeconds":0}],
  ],
};
// end of indexes

/**
 * The sharded collections and their keys. The `_id` of a subtask begins with a hash of its task and ends with its
 * index: neighbours of a task share a shard, so a batch of one task is mostly a transaction of one shard. The counters
 * and chunks of a task are few and read together, so a task has them on one shard. The other collections stay small.
 */
const SHARD_KEYS = {
  subtasks: { _id: 1 },
  task_progress: { task_id: 'hashed' },
  chunks: { task_id: 'hashed' },
  dead_letters: { _id: 'hashed' },
  findings: { task_id: 'hashed' },
};

/**
 * Equal parts of all possible ids of subtasks, dealt out to the shards: the ids begin with a hash, so each part gets as
 * many tasks as another. MongoDB does not distribute a collection by ranges before it has data.
 */
const PARTS = 64;
const toBound = (part) => {
  if (part === 0) return { _id: MinKey() };
  return {
    _id: part < PARTS ? ObjectId(((part * 256) / PARTS).toString(16).padStart(2, '0').padEnd(24, '0')) : MaxKey(),
  };
};
function dealOut(namespace) {
  const shards = db.adminCommand({ listShards: 1 }).shards.map(({ _id }) => _id);
  for (let part = 0; part < PARTS; part++) {
    const range = { min: toBound(part), max: toBound(part + 1) };
    db.adminCommand({ moveRange: namespace, ...range, toShard: shards[part % shards.length] });
  }
}

const isSharded = db.hello().msg === 'isdbgrid';
if (isSharded) sh.enableSharding(db.getName());

const toNamespace = (name) => `${db.getName()}.${name}`;
function findSharded(name) {
  const found = db
    .getSiblingDB('config')
    .getCollection('collections')
    .findOne({ _id: toNamespace(name) });
  // MongoDB 8 lists an unsharded collection there too once it was moved: as one that cannot be split.
  return found && !found.unsplittable ? found : undefined;
}

const known = new Set(db.getCollectionNames());
for (const [name, indexes] of Object.entries(INDEXES)) {
  if (!known.has(name)) db.createCollection(name);
  for (const [keys, options] of indexes) db.getCollection(name).createIndex(keys, options);
}
for (const [name, key] of isSharded ? Object.entries(SHARD_KEYS) : []) {
  if (findSharded(name)) continue;
  // A collection that has documents is sharded only over an index that is there.
  db.getCollection(name).createIndex(key);
  sh.shardCollection(toNamespace(name), key);
}
// What has documents, or another key, is left to the balancer.
const isByRange = isSharded && findSharded('subtasks').key._id === 1;
if (isByRange && !db.getCollection('subtasks').findOne()) dealOut(toNamespace('subtasks'));
print(`${db.getName()}: ${Object.keys(INDEXES).length} collections ready${isSharded ? ', sharded' : ''}`);
