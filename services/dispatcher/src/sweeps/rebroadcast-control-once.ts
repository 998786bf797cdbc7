import { type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import {
  createExclusionWatch,
  createTaskRound,
  createUnsettledWatch,
  type Store,
  type UnsettledWatch,
} from '@cyberstroll/store';
import { createExclusionNotices, type ExclusionNotices } from '../adapters/exclusion-notices';
import { REPEAT_MS, toControls } from '../core/to-controls';

const MAX_TASKS = 2_000;

/**
 * Publishes again to every node how tasks stand and what is excluded, so that one that missed it learns it. Publishes
 * `repeated` when every paused or held task was among them; with more of them than `maxTasks` that takes several
 * passes.
 */
export function createControlRebroadcast(
  {
    store,
    publisher,
    unsettled = createUnsettledWatch(store),
    notices = createExclusionNotices({ publisher, exclusions: createExclusionWatch(store) }),
  }: {
    store: Pick<Store, 'tasks' | 'exclusions'>;
    publisher: Publisher;
    unsettled?: Pick<UnsettledWatch, 'hasAny' | 'toQuietMs'>;
    notices?: Pick<ExclusionNotices, 'repeat'>;
  },
  { maxTasks = MAX_TASKS } = {},
): (now: Date) => Promise<Counts> {
  const nextEnded = createTaskRound(store, 'ended', maxTasks);
  const nextStopped = createTaskRound(store, 'stopped', maxTasks);
  let round: { began: number; isSent: boolean } | undefined;

  return async function rebroadcastControlOnce(now) {
    // In the middle of a round each page is read, so that the next round begins with the first one.
    const isAny = round !== undefined || (await unsettled.hasAny());
    round ??= { began: performance.now(), isSent: true };
    const since = new Date(now.getTime() - REPEAT_MS);
    const mayHaveEnded = isAny || unsettled.toQuietMs() < REPEAT_MS;
    const ended = [
      ...(isAny ? await nextEnded() : []),
      ...(mayHaveEnded ? await store.tasks.findEnded(since, maxTasks) : []),
    ];
    const stopped = isAny ? await nextStopped() : [];
    const resumed = isAny ? await store.tasks.findResumed(since, maxTasks) : [];
    const tasks = [...ended, ...stopped, ...resumed];
    // The last read counts: a task may be retried between two of them.
    const controls = toControls([...new Map(tasks.map((task) => [task.task_id, task])).values()], now);
    for (const control of controls) round.isSent = sendControl(publisher, control) && round.isSent;
    if (isAny) round.isSent = (await notices.repeat(now)) && round.isSent;
    if (stopped.length < maxTasks) {
      if (round.isSent)
        sendControl(publisher, {
          state: 'repeated',
          within_ms: performance.now() - round.began,
          server_time: now.getTime(),
        });
      round = undefined;
    }
    return { controls: controls.length };
  };
}
