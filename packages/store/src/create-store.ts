/**
 * The only code that names MongoDB. Its rooms are the `Store` interface's; every state of a subtask is written by
 * `apply-batch.ts`, every state of a task by `task-commands.ts` (commands) and `roll-up.ts` (what the counters demand).
 */
import { AppError, createComponent, type Logger, type TlsMaterial } from '@cyberstroll/runtime';
import type { Connection } from 'mongoose';
import { createAlertFacts } from './alerts/alert-facts';
import { createAlertOutbox } from './alerts/alert-outbox';
import { createAlertStore } from './alerts/alert-store';
import { createConsistencyAudit } from './audit/consistency-audit';
import { createStatistics } from './counters/fleet-statistics';
import { createDeadLetterStore } from './dead-letters/dead-letter-store';
import { createChunkLedger } from './dispatch/chunk-ledger';
import { createJobSources } from './dispatch/job-sources';
import { createQueueLag } from './dispatch/queue-lag';
import { createQueueSightings } from './dispatch/queue-sightings';
import { createFleetPace } from './fleet/fleet-pace';
import { createNodeRegistry } from './fleet/node-registry';
import { createWaitingFacts } from './fleet/waiting-facts';
import { createLeadership } from './leases/create-leadership';
import type { LeaseStore } from './leases/lease-store';
import { createLeaseStore } from './leases/lease-store';
import { connect } from './mongodb/connection';
import { createCollections } from './mongodb/create-collections';
import { createModels, type Models } from './mongodb/create-models';
import { toStoreError } from './mongodb/mongo-errors';
import { createWriterSessions, type WriterSessions } from './mongodb/writer-sessions';
import type { Store } from './store';
import { createBatchApplier } from './subtasks/apply-batch';
import { createSubTaskQueries } from './subtasks/subtask-queries';
import { createTaskStateManager } from './task-state-manager';
import { createCleanUp } from './tasks/clean-up';
import { createIdempotencyKeys } from './tasks/idempotency-keys';
import { createTaskCommands } from './tasks/task-commands';
import { createTaskQueries } from './tasks/task-queries';
import { createTaskWriter } from './tasks/write-task';

export interface StoreOptions {
  uri: string;
  /** For a URI with `tls=true`. */
  tls?: TlsMaterial;
  /** This process's name: it owns leases, and a shard of each task's counters. */
  instance: string;
  logger: Logger;
  /** How long a writer's lease on its session lasts past its last renewal, in milliseconds; default 5 s. */
  sessionTtlMs?: number;
}

type Rooms = Pick<
  Store,
  | 'taskStates'
  | 'tasks'
  | 'subTasks'
  | 'chunks'
  | 'nodes'
  | 'deadLetters'
  | 'waiting'
  | 'audit'
  | 'statistics'
  | 'queues'
  | 'queueLag'
  | 'alerts'
  | 'alertOutbox'
  | 'alertFacts'
  | 'cleanUp'
  | 'idempotency'
> & {
  leases: Pick<LeaseStore, 'acquire' | 'release'>;
};

/** Replicas that stand by ask once a second, so a dead leader is replaced within 10 s. */
const LEADER_TTL_MS = 7_000;

/** A store. `start` waits until MongoDB can be reached, and makes the collections and indexes that are missing. */
export function createStore({ uri, tls = {}, instance, logger, sessionTtlMs }: StoreOptions): Store {
  const stopping = new AbortController();
  let connection: Connection | undefined;
  let rooms: Rooms | undefined;
  let sessions: WriterSessions | undefined;

  /** Why it is not open yet. */
  let fault: unknown = new AppError('mongodb_unavailable', { detail: 'not connected yet' });

  function open(): Rooms {
    if (rooms) return rooms;
    throw fault;
  }

  const room = <Name extends keyof Rooms>(name: Name): Rooms[Name] => withStoreErrors(() => open()[name]);
  const held = room('leases');
  const leases: LeaseStore = {
    acquire: held.acquire,
    release: held.release,
    leadership: (name, ttlMs = LEADER_TTL_MS) => createLeadership(held, `leader:${name}`, ttlMs),
  };

  const component = createComponent('store', {
    async start() {
      const prepare = async (opened: Connection) => {
        const models = createModels(opened);
        await createCollections(models, { logger, signal: stopping.signal });
        return models;
      };
      const failed = (error: unknown) => {
        fault = error;
      };
      const connected = await connect({ uri, tls }, prepare, { logger, signal: stopping.signal, failed });
      connection = connected.connection;
      sessions = createWriterSessions(connection, connected.prepared, { owner: instance, ttlMs: sessionTtlMs, logger });
      rooms = buildRooms(connection, connected.prepared, sessions, instance);
    },
    async stop() {
      await sessions?.stop();
      await connection?.close();
    },
  });

  return {
    ...component,
    stop() {
      stopping.abort();
      return component.stop();
    },
    async check() {
      open();
      await connection!.db!.command({ ping: 1 }).catch((error: unknown) => {
        throw toStoreError(error);
      });
    },
    taskStates: room('taskStates'),
    tasks: room('tasks'),
    subTasks: room('subTasks'),
    chunks: room('chunks'),
    nodes: room('nodes'),
    deadLetters: room('deadLetters'),
    leases,
    waiting: room('waiting'),
    audit: room('audit'),
    statistics: room('statistics'),
    queues: room('queues'),
    queueLag: room('queueLag'),
    alerts: room('alerts'),
    alertOutbox: room('alertOutbox'),
    alertFacts: room('alertFacts'),
    cleanUp: room('cleanUp'),
    idempotency: room('idempotency'),
  };
}

function buildRooms(connection: Connection, models: Models, sessions: WriterSessions, instance: string): Rooms {
  const getJobSource = createJobSources(models);
  const getTargetIndex = async (taskId: string, count?: number) => (await getJobSource(taskId, count)).targets;
  const writeTask = createTaskWriter(models, sessions);
  const commands = createTaskCommands({ models, sessions, writeTask });
  const getFleetPace = createFleetPace(models);
  const tasks = createTaskQueries({ connection, models, commands, writeTask, getFleetPace, getJobSource });
  const subTasks = createSubTaskQueries({ models, commands, getTargetIndex });
  const chunks = createChunkLedger(models);
  const applyBatch = createBatchApplier({ models, sessions, shard: instance, getTargetIndex });
  const cleanUp = createCleanUp(models);
  const taskStates = createTaskStateManager({
    connection,
    models,
    commands,
    writeTask,
    getFleetPace,
    tasks,
    subTasks,
    chunks,
    applyBatch,
    cleanUp,
  });
  return {
    taskStates,
    tasks,
    subTasks,
    chunks,
    nodes: createNodeRegistry(models),
    deadLetters: createDeadLetterStore(models),
    audit: createConsistencyAudit(connection, models),
    statistics: createStatistics(connection, models),
    queues: createQueueSightings(models),
    queueLag: createQueueLag(models),
    waiting: createWaitingFacts(models),
    alerts: createAlertStore(models),
    alertOutbox: createAlertOutbox(models),
    alertFacts: createAlertFacts(models),
    cleanUp,
    idempotency: createIdempotencyKeys(models),
    leases: createLeaseStore(connection, models, instance),
  };
}

/** A room that is looked up at each call, and whose rejections are AppErrors where MongoDB is out of reach. */
function withStoreErrors<Room extends object>(room: () => Room): Room {
  return new Proxy({} as Room, {
    get:
      (_, name) =>
      async (...args: unknown[]) => {
        try {
          const method = (room() as Record<string | symbol, unknown>)[name] as (...args: unknown[]) => unknown;
          return await method(...args);
        } catch (error) {
          throw toStoreError(error);
        }
      },
  });
}
