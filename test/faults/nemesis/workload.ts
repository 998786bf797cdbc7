import { setTimeout as delay } from 'node:timers/promises';
import { isEndedTask } from '@cyberstroll/state-machine';
import { eventually } from '@cyberstroll/testkit';
import type { LimitedTasks } from '../checker/evidence';
import { BACK_WITHIN_MS, type Rig } from '../rig/rig';
import { shuffle } from '../rig/seeded-random';
import { beginLimited } from './limited';
import { beginRuled, type Ruled } from './ruled';

export interface Amount {
  /** Targets of each of the fleet's tasks. */
  fleet: number;
  /**
   * Of the task whose subtasks may take no longer than a second, and are never retried: a node's loss must cost them
   * nothing.
   */
  hasty: number;
  /** Of the recording node's task, and how many of them it reports at a time. */
  recorded: number;
  portion: number;
  /** Of the real scanner. */
  scanned: number;
  /** How many subtasks a node of the fleet has at once: with it, there is work until the last fault. */
  capacity: number;
}

export const MUCH: Amount = { fleet: 1_800, hasty: 600, recorded: 1_000, portion: 10, scanned: 512, capacity: 32 };
/** Where each kind of fault comes once. */
export const LITTLE: Amount = { fleet: 800, hasty: 300, recorded: 500, portion: 5, scanned: 256, capacity: 14 };
const PORTION_EVERY_MS = 300;

/**
 * What runs while the nemesis plays: four tasks of the fleet and two more under a limit, one of the recording node,
 * handed over bit by bit, one that a real scanner does over real listeners, and one for each kind of rule.
 */
export interface Workload {
  readonly taskIds: readonly string[];
  readonly limited: LimitedTasks;
  /** Beside the others: what waits for the end of its rule is no sign that the system stands still. */
  readonly ruled: Ruled;
  /** The id of a task by its name in the plan. */
  getTaskId(name: string): string;
  /** Whether all of its tasks have ended. */
  isOver(): Promise<boolean>;
  /** Sends the next portion this number of times, or all of its updates twice in any order. */
  sendNext(options?: { copies?: number; shuffled?: boolean }): Promise<void>;
  /** Sends what is left of the recording node's task; resolves when all of it was confirmed. */
  finish(): Promise<void>;
  /** Sends no more. */
  stop(): void;
}

export async function beginWorkload(rig: Rig, random: () => number, amount: Amount): Promise<Workload> {
  const ids = new Map<string, string>();
  for (const [i, name] of ['steady', 'paused', 'cancelled'].entries()) {
    ids.set(name, (await rig.begin({ task_target: toRange(101 + i, amount.fleet) }, { followed: true })).task_id);
  }
  const hasty = { task_target: toRange(105, amount.hasty), config: { subtask_timeout: 1, max_retries: 0 } };
  ids.set('hasty', (await rig.begin(hasty, { followed: true })).task_id);
  const limited = await beginLimited(rig);
  const ruled = await beginRuled(rig, random);
  ids.set('scanned', (await rig.beginScanned()).task_id);
  const recorded = await rig.begin({ task_target: toRange(111, amount.recorded) }, { recorded: true, followed: true });
  ids.set('recorded', recorded.task_id);

  let next = 0;
  let isEnding = false;
  const sending = new Set<Promise<void>>();
  function sendNext({ copies = 1, shuffled = false } = {}): Promise<void> {
    const count = Math.min(amount.recorded - next, shuffled ? 4 * amount.portion : amount.portion);
    const indexes = Array.from({ length: count }, (_, i) => next + i);
    next += count;
    const updates = rig.recorder.toUpdates(recorded.task_id, indexes);
    const sent = shuffled
      ? rig.recorder.send(shuffle([...updates, ...updates], random), { perEnvelope: 7 })
      : rig.recorder.send(updates, { perEnvelope: 4, copies });
    sending.add(sent);
    // Whoever waits for it hears of a failure.
    sent.catch(() => undefined);
    return sent;
  }
  const feeding = (async () => {
    while (!isEnding && next < amount.recorded) {
      void sendNext();
      await delay(PORTION_EVERY_MS);
    }
  })();

  const taskIds = [...ids.values(), ...limited.task_ids];
  return {
    taskIds,
    limited,
    ruled,
    async isOver() {
      const tasks = await Promise.all(taskIds.map((id) => rig.database.findTask(id)));
      return tasks.every(({ status }) => isEndedTask(status));
    },
    getTaskId: (name) => ids.get(name)!,
    sendNext,
    async finish() {
      isEnding = true;
      await feeding;
      while (next < amount.recorded) await sendNext();
      await Promise.all([...sending, ruled.finish()]);
    },
    stop() {
      isEnding = true;
    },
  };
}

/** The first `count` addresses of 127.`net`.0.0/16. */
const toRange = (net: number, count: number) => `127.${net}.0.0-127.${net}.${(count - 1) >> 8}.${(count - 1) & 255}`;

/** An operator's command that is repeated until it was heard. False where the task had ended before. */
export async function commandTask(rig: Rig, taskId: string, command: 'pause' | 'resume' | 'cancel'): Promise<boolean> {
  const meant = { pause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELLED' }[command];
  const heard = await eventually(
    async () => {
      const { status, body } = await rig.api.command(taskId, command);
      if (status === 200) return 'done';
      // Perhaps an earlier try was heard, and its answer lost.
      const task = await rig.api.getTask(taskId);
      if (task.status === meant) return 'done';
      if (isEndedTask(task.status)) return 'missed';
      throw new Error(`${command}: ${status} ${JSON.stringify(body)}`);
    },
    { timeoutMs: BACK_WITHIN_MS, intervalMs: 200 },
  );
  return heard === 'done';
}
