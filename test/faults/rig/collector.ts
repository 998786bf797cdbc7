import { setTimeout as delay } from 'node:timers/promises';
import { QUEUES, type UpdateEnvelope } from '@cyberstroll/contracts';
import { callManagement, eventually, type ProgressWatch } from '@cyberstroll/testkit';
import type { Api } from '../../e2e/api';
import { waitUntilSettled } from '../../e2e/assert-consistent';
import { check } from '../checker/check';
import type { Evidence, LedgerEntry, LedgerUpdate } from '../checker/evidence';
import type { Database } from './database';
import type { Follower } from './follower';
import type { Ledger } from './ledger';
import type { MessageCopy } from './message-copy';
import type { Published, PublishedReader } from './published';

const REPORTED_WITHIN_MS = 60_000;
const CALLED_SETTLED_WITHIN_MS = 120_000;
const APPLIED_WITHIN_MS = 60_000;
const INVENTORIED_WITHIN_MS = 60_000;
const READ_EVERY_MS = 500;

/** A task that is to be verified, and who looks at it. */
export interface Begun {
  task_id: string;
  watch: ProgressWatch;
  follower: Follower | undefined;
}

/**
 * Puts together what the checker reads: waits, for `timeoutMs` at most, until nothing of the tasks is on its way any
 * more, lets their subscribers get it, and reads what is there. Each call is about what the ledger was given since the
 * one before.
 */
export function createCollector(deps: {
  api: Api;
  database: Database;
  ledger: Ledger;
  deadLetters: MessageCopy;
  published: PublishedReader;
  updates: MessageCopy | undefined;
  rabbitmq_url: string;
  managementUrl: string;
}): (tasks: readonly Begun[], timeoutMs: number) => Promise<Evidence> {
  const { api, database, ledger, deadLetters, published, updates, rabbitmq_url, managementUrl } = deps;
  let entriesRead = 0;

  /** A task that is not settled in time is checked as it is. */
  async function waitUntilAllSettled(tasks: readonly Begun[], timeoutMs: number) {
    const deadline = performance.now() + timeoutMs;
    for (const { task_id } of tasks) {
      await waitUntilSettled(api, task_id, Math.max(0, deadline - performance.now()))
        // The sweep that calls it settled comes a moment later.
        .then(() =>
          eventually(async () => (await database.findTask(task_id)).settled, {
            timeoutMs: CALLED_SETTLED_WITHIN_MS,
          }),
        )
        .catch(() => undefined);
    }
  }

  /** An inventory that does not have all in time is checked as it is. */
  const waitUntilInventoried = () =>
    eventually(async () => (await database.dumpInventory()).waiting === 0, { timeoutMs: INVENTORIED_WITHIN_MS }).catch(
      () => undefined,
    );

  /** Resolves with whether it is open still. */
  async function hear(watch: ProgressWatch, status: string, subscriber: string): Promise<boolean> {
    const isOpen = await watch
      .waitFor((update) => update.status === status, REPORTED_WITHIN_MS)
      .then(
        () => true,
        (error: Error) => !error.message.includes('was closed'),
      );
    for (const { update, receivedAt } of watch.frames) {
      ledger.write({ kind: 'frame', subscriber, connection: subscriber, update, received_at: receivedAt });
    }
    watch.close();
    return isOpen;
  }

  /** Resolves with the connections that were open to the end; where all were cut, somebody else asks. */
  async function hearAll({ task_id, watch, follower }: Begun): Promise<string[]> {
    const { status } = await database.findTask(task_id);
    const open: string[] = [];
    if (await hear(watch, status, task_id)) open.push(task_id);
    const followed = await follower?.waitForStatus(status, REPORTED_WITHIN_MS);
    if (followed !== undefined) open.push(followed);
    await follower?.stop();
    if (open.length > 0) return open;
    const late = `${task_id} at last`;
    return (await hear(await api.watch(task_id), status, late)) ? [late] : [];
  }

  /**
   * Waiting for an ack, in the queue or with an updater; the broker's figure is up to five seconds old, and may show a
   * marker.
   */
  async function countUnacked(): Promise<number> {
    const vhost = encodeURIComponent(decodeURIComponent(new URL(rabbitmq_url).pathname.slice(1)) || '/');
    const path = `/api/queues/${vhost}/${QUEUES.stateUpdates.name}`;
    const { messages = 1 } = (await callManagement(managementUrl, 'GET', path)) as { messages?: number };
    return messages;
  }

  return async (tasks, timeoutMs) => {
    await waitUntilAllSettled(tasks, timeoutMs);
    await waitUntilInventoried();
    const openConnections: string[] = [];
    for (const begun of tasks) openConnections.push(...(await hearAll(begun)));
    const taskIds = tasks.map(({ task_id }) => task_id);
    const isOfNow = (entry: LedgerEntry) => entry.kind !== 'frame' || taskIds.includes(entry.update.task_id);
    /** What was sent before what became of it. */
    const read = async (): Promise<Evidence> => ({
      ledger: [
        ...ledger.read().slice(entriesRead).filter(isOfNow),
        ...toLedgerUpdates(published.read(), await updates?.read()),
      ],
      deadLetters: await deadLetters.read(),
      tasks: await Promise.all(taskIds.map((id) => database.dump(id))),
      auditFindings: await database.findAuditFindings(taskIds),
      openConnections,
      inventory: await database.dumpInventory(),
      unackedUpdates: await countUnacked(),
    });
    // An update that an updater still holds is not lost yet. Each reading is of all there is.
    const lostAt = performance.now() + APPLIED_WITHIN_MS;
    let evidence = await read();
    while (check(evidence).lost > 0 && performance.now() < lostAt) {
      await delay(READ_EVERY_MS);
      evidence = await read();
    }
    entriesRead = ledger.read().length;
    deadLetters.forget();
    published.forget();
    return evidence;
  };
}

/** The updates in published messages; with a copy of all that the broker took in, whether it has taken each. */
function toLedgerUpdates(published: readonly Published[], copy?: readonly string[]): LedgerUpdate[] {
  const taken = copy && new Set(copy);
  return published.flatMap(({ content, confirmed }) => {
    const { node_id, updates } = JSON.parse(content) as UpdateEnvelope;
    return updates.map(({ subtask_id, attempt, lease_id, status, started_time, completed_time }): LedgerUpdate => {
      return {
        kind: 'update',
        node_id,
        subtask_id,
        attempt,
        lease_id,
        status,
        ...(started_time && { started_time: Date.parse(started_time) }),
        ...(completed_time && { completed_time: Date.parse(completed_time) }),
        confirmed,
        ...(taken && { taken: taken.has(content) }),
      };
    });
  });
}
