import type {
  AlertDocument,
  ApiKey,
  DeadLetterRecord,
  Node,
  SubTask,
  Task,
  TaskEndDocument,
} from '@cyberstroll/contracts';
import type { Connection, mongo } from 'mongoose';
import type {
  AuditEntryDocument,
  ChunkDocument,
  CleanUpRequestDocument,
  DeletedTaskDocument,
  IdempotencyKeyDocument,
  LeaseDocument,
  NodeSamplesDocument,
  OperationDocument,
  QueueDocument,
  SequenceDocument,
  SessionDocument,
  StatisticsSampleDocument,
  TaskProgressDocument,
  TaskTargetsDocument,
} from './documents';

type WithObjectId<Content> = Content & { _id: mongo.ObjectId };
type WithName<Content> = Content & { _id: string };

export type TaskDocument = WithObjectId<Task>;
export type SubTaskDocument = WithObjectId<SubTask>;
export type StoredAlert = WithName<AlertDocument>;

/** The collections, each with the type of its documents. */
export interface Collections {
  readonly tasks: mongo.Collection<TaskDocument>;
  readonly subTasks: mongo.Collection<SubTaskDocument>;
  readonly taskTargets: mongo.Collection<TaskTargetsDocument>;
  readonly taskProgress: mongo.Collection<TaskProgressDocument>;
  readonly taskEnds: mongo.Collection<WithName<TaskEndDocument>>;
  readonly chunks: mongo.Collection<ChunkDocument>;
  readonly nodes: mongo.Collection<WithObjectId<Node>>;
  readonly deadLetters: mongo.Collection<WithName<DeadLetterRecord>>;
  readonly alerts: mongo.Collection<StoredAlert>;
  readonly leases: mongo.Collection<LeaseDocument>;
  readonly queues: mongo.Collection<QueueDocument>;
  readonly cleanUpRequests: mongo.Collection<CleanUpRequestDocument>;
  readonly deletedTasks: mongo.Collection<DeletedTaskDocument>;
  readonly idempotencyKeys: mongo.Collection<IdempotencyKeyDocument>;
  readonly operations: mongo.Collection<WithObjectId<OperationDocument>>;
  readonly auditLog: mongo.Collection<WithObjectId<AuditEntryDocument>>;
  readonly apiKeys: mongo.Collection<WithObjectId<ApiKey>>;
  readonly sessions: mongo.Collection<SessionDocument>;
  readonly statisticsSamples: mongo.Collection<StatisticsSampleDocument>;
  readonly nodeSamples: mongo.Collection<NodeSamplesDocument>;
  readonly sequences: mongo.Collection<SequenceDocument>;
}

export interface Database extends Collections {
  readonly connection: Connection;
}

/**
 * The database behind a connection that may be opened later. Every access calls `getConnection`, which throws until
 * then.
 */
export function createDatabase(getConnection: () => Connection): Database {
  const find = <Content extends mongo.Document>(name: string) =>
    getConnection().collection(name) as unknown as mongo.Collection<Content>;
  return {
    get connection() {
      return getConnection();
    },
    get tasks() {
      return find<TaskDocument>('tasks');
    },
    get subTasks() {
      return find<SubTaskDocument>('subtasks');
    },
    get taskTargets() {
      return find<TaskTargetsDocument>('task_targets');
    },
    get taskProgress() {
      return find<TaskProgressDocument>('task_progress');
    },
    get taskEnds() {
      return find<WithName<TaskEndDocument>>('task_ends');
    },
    get chunks() {
      return find<ChunkDocument>('chunks');
    },
    get nodes() {
      return find<WithObjectId<Node>>('nodes');
    },
    get deadLetters() {
      return find<WithName<DeadLetterRecord>>('dead_letters');
    },
    get alerts() {
      return find<StoredAlert>('alerts');
    },
    get leases() {
      return find<LeaseDocument>('leases');
    },
    get queues() {
      return find<QueueDocument>('queues');
    },
    get cleanUpRequests() {
      return find<CleanUpRequestDocument>('clean_up_requests');
    },
    get deletedTasks() {
      return find<DeletedTaskDocument>('deleted_tasks');
    },
    get idempotencyKeys() {
      return find<IdempotencyKeyDocument>('idempotency_keys');
    },
    get operations() {
      return find<WithObjectId<OperationDocument>>('operations');
    },
    get auditLog() {
      return find<WithObjectId<AuditEntryDocument>>('audit_log');
    },
    get apiKeys() {
      return find<WithObjectId<ApiKey>>('api_keys');
    },
    get sessions() {
      return find<SessionDocument>('sessions');
    },
    get statisticsSamples() {
      return find<StatisticsSampleDocument>('statistics_samples');
    },
    get nodeSamples() {
      return find<NodeSamplesDocument>('node_samples');
    },
    get sequences() {
      return find<SequenceDocument>('sequences');
    },
  };
}

/** For this long the clock of this process, which is never set, continues MongoDB's clock from its last reading. */
const READ_CLOCK_MS = 10_000;
/** A reading is as late as its answer was slow: one that took longer is used once. */
const PROMPT_MS = 100;
const readings = new WeakMap<Connection, { timeMs: number; readAtMs: number }>();

/**
 * MongoDB's own clock. Everything that expires uses it, so that the clocks of the processes do not matter. It may be
 * early by the time that an answer of MongoDB takes, and is never late: a lease may end a moment too soon.
 */
export async function getDatabaseTime({ connection }: Pick<Database, 'connection'>): Promise<Date> {
  const askedAtMs = performance.now();
  const last = readings.get(connection);
  if (last && askedAtMs - last.readAtMs < READ_CLOCK_MS) return new Date(last.timeMs + askedAtMs - last.readAtMs);
  const { localTime } = await connection.db!.command({ hello: 1 });
  const readAtMs = performance.now();
  if (readAtMs - askedAtMs < PROMPT_MS) readings.set(connection, { timeMs: (localTime as Date).getTime(), readAtMs });
  return localTime as Date;
}
