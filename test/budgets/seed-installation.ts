/**
 * A store like that of a large installation, written by bare inserts: one node and one task of each kind are made by
 * the store, so that their documents are as services write them, and copied many times.
 */
import { toSubTaskId } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTestbed,
  createTestStore,
  FAILURE,
  report,
  type Testbed,
  toHeartbeat,
} from '@cyberstroll/testkit';
import { type Connection, createConnection, type mongo, Types } from 'mongoose';
import { toTaskPages } from '../../packages/store/src/fleet/task-pages';
import { toSubTaskObjectId } from '../../packages/store/src/mongodb/models/subtask-object-id';

const NODES = 1_000;
const SLOTS = 64;
const OPEN_TASKS = 500;
const ENDED_TASKS = 9_500;
/** Of one open task: half of them are held, the others lie in the queue. */
const TARGETS = 256;
export const HELD_PER_TASK = (NODES * SLOTS) / OPEN_TASKS;
const CHUNK = 16;
/** Between the ends of two tasks: 10,000 a day. */
const ENDS_EVERY_MS = 8_640;
const INSERTED_AT_ONCE = 4_000;

type Document = mongo.Document;

/** A subtask that a node holds. */
export interface Held {
  nodeId: string;
  taskId: string;
  index: number;
  lease_id: string;
}

/**
 * As it stands at `now`. Before a store is started on the database: indexes that are built afterwards take less time.
 * Resolves with what the nodes hold, one node after the other.
 */
export async function seedInstallation({ mongodb_uri }: Testbed, now: Date): Promise<Held[]> {
  const patterns = await createPatterns();
  const connection = await createConnection(mongodb_uri).asPromise();
  try {
    return await seed(connection, patterns, now);
  } finally {
    await connection.close();
  }
}

/** Results of a task of their own, one each millisecond until `now`. */
export async function seedResults({ mongodb_uri }: Testbed, count: number, now: Date): Promise<void> {
  const task_id = new Types.ObjectId().toHexString();
  const connection = await createConnection(mongodb_uri).asPromise();
  try {
    const results = Array.from({ length: count }, (_, index) => ({
      _id: toSubTaskObjectId(task_id, index),
      task_id,
      subtask_id: toSubTaskId(task_id, index),
      index,
      has_open_ports: true,
      completed_time: new Date(now.getTime() - index),
      scan_result: { open_ports: [22], services: ['22/tcp ssh'], response_time: 1 },
    }));
    await connection.collection<Document>('subtasks').insertMany(results, { ordered: false });
  } finally {
    await connection.close();
  }
}

/** One of each kind, as the store writes them. */
interface Patterns {
  open: TaskParts;
  ended: TaskParts;
  node: Document;
}

async function createPatterns(): Promise<Patterns> {
  const testbed = await createTestbed();
  const store = createTestStore(testbed);
  await store.start();
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  try {
    await store.nodes.recordHeartbeat(toHeartbeat({ capacity: SLOTS, status: 'busy' }), new Date());
    return {
      open: await findParts(connection, await createOpenTask(store)),
      ended: await findParts(connection, await createEndedTask(store)),
      node: (await connection.collection('nodes').findOne({}))!,
    };
  } finally {
    await connection.close();
    await store.stop();
    await testbed.cleanup();
  }
}

async function seed(connection: Connection, { open, ended, node }: Patterns, now: Date): Promise<Held[]> {
  const insert = async (name: string, documents: readonly Document[]) => {
    for (let first = 0; first < documents.length; first += INSERTED_AT_ONCE) {
      await connection
        .collection(name)
        .insertMany(documents.slice(first, first + INSERTED_AT_ONCE), { ordered: false });
    }
  };
  const ids = (count: number) => Array.from({ length: count }, () => new Types.ObjectId());
  const endedIds = ids(ENDED_TASKS);
  const endedTimes = endedIds.map((_, place) => new Date(now.getTime() - place * ENDS_EVERY_MS));
  await insert(
    'tasks',
    endedIds.map((_id, place) => ({ ...toTask(ended, _id), completed_time: endedTimes[place] })),
  );
  await insert(
    'task_progress',
    endedIds.map((_id) => toProgress(ended, _id)),
  );

  const openIds = ids(OPEN_TASKS);
  const taskIds = openIds.map((_id) => _id.toHexString());
  await insert(
    'tasks',
    openIds.map((_id) => toTask(open, _id)),
  );
  await insert(
    'task_targets',
    taskIds.map((task_id) => ({ ...open.targets, _id: task_id, task_id })),
  );
  await insert(
    'task_progress',
    openIds.map((_id) => toProgress(open, _id)),
  );
  const firsts = Array.from({ length: TARGETS / CHUNK }, (_, chunk) => chunk * CHUNK);
  await insert(
    'chunks',
    taskIds.flatMap((task_id) =>
      firsts.map((first_index) => ({
        _id: `${task_id}-${first_index}`,
        task_id,
        first_index,
        count: CHUNK,
        dispatched_time: new Date(now.getTime() - 2_000),
        settled: first_index < HELD_PER_TASK,
      })),
    ),
  );

  const held = Array.from({ length: NODES * SLOTS }, (_, place) => {
    const nodeId = toNodeId(Math.floor(place / SLOTS));
    const index = Math.floor(place / OPEN_TASKS);
    return { nodeId, taskId: taskIds[place % OPEN_TASKS]!, index, lease_id: `${nodeId}-${index}` };
  });
  await insert(
    'subtasks',
    held.map((each) => toSubTask({ ...open.subTask, updated_time: now }, each)),
  );
  await insert('nodes', toNodes(node, held, now));
  return held;
}

const toNodeId = (place: number) => `node-${String(place).padStart(4, '0')}`;

interface TaskParts {
  task: Document;
  targets: Document;
  progress: Document;
  subTask: Document;
}

async function findParts(connection: Connection, task_id: string): Promise<TaskParts> {
  const [task, targets, progress, subTask] = await Promise.all(
    ['tasks', 'task_targets', 'task_progress', 'subtasks'].map((name) =>
      connection.collection(name).findOne({ task_id }),
    ),
  );
  return { task: task!, targets: targets!, progress: progress!, subTask: subTask! };
}

/** Every subtask is sent out, half of them are being scanned. */
async function createOpenTask(store: Store): Promise<string> {
  const taskId = await createQueuedTask(store, `10.0.0.0/${32 - Math.log2(TARGETS)}`);
  await store.chunks.advanceCursor(taskId, 0, TARGETS);
  await report(
    store,
    taskId,
    Array.from({ length: HELD_PER_TASK }, (_, index) => index),
  );
  await store.tasks.calculateTaskProgress(taskId);
  return taskId;
}

async function createEndedTask(store: Store): Promise<string> {
  const taskId = await createQueuedTask(store, '10.0.0.0/30', { max_retries: 0 });
  await store.chunks.advanceCursor(taskId, 0, 4);
  await report(store, taskId, [0, 1, 2], { status: 'COMPLETED' });
  await report(store, taskId, [3], FAILURE);
  await store.tasks.calculateTaskProgress(taskId);
  await store.tasks.settleTasks([taskId]);
  return taskId;
}

const toTask = ({ task }: TaskParts, _id: Types.ObjectId): Document => ({ ...task, _id, task_id: _id.toHexString() });

function toProgress({ progress }: TaskParts, _id: Types.ObjectId): Document {
  const task_id = _id.toHexString();
  return { ...progress, _id: `${task_id}:${progress['shard']}`, task_id };
}

const toSubTask = (subTask: Document, { nodeId, taskId, index, lease_id }: Held): Document => ({
  ...subTask,
  _id: toSubTaskObjectId(taskId, index),
  task_id: taskId,
  index,
  lease_id,
  subtask_id: toSubTaskId(taskId, index),
  ip: `10.0.0.${index}`,
  assigned_node: nodeId,
  assigned_instance: `${nodeId}-a`,
});

function toNodes(node: Document, held: readonly Held[], now: Date): Document[] {
  const first_seen = new Date(now.getTime() - 3_600_000);
  return Array.from({ length: NODES }, (_, place) => {
    const current_tasks = held
      .slice(place * SLOTS, (place + 1) * SLOTS)
      .map(({ taskId, index }) => ({ subtask_id: toSubTaskId(taskId, index), status: 'scanning', progress: 50 }));
    return {
      ...node,
      _id: new Types.ObjectId(),
      node_id: toNodeId(place),
      instance_id: `${toNodeId(place)}-a`,
      task_pages: toTaskPages(current_tasks),
      current_task_count: current_tasks.length,
      first_seen,
      last_seen: now,
    };
  });
}
