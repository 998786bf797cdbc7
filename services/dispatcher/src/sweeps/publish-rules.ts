import { createExclusionWatch, createTaskRound, type ExclusionWatch } from '@cyberstroll/coordination';
import { type Publisher, publishHolds, sendControl } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { isInForce, toExcludedControl } from '@cyberstroll/task-state';
import { REPEAT_MS, toControls } from '../core/to-controls';
import { OPERATOR } from '../operator';

/** Between two repeats of everything, for nodes that have just begun to listen, in milliseconds. */
const WHOLE_MS = 2_000;
/** Ended and resumed tasks that are repeated at most: the latest. */
const MAX_TASKS = 2_000;

/** What the last pass said: the tasks, the key of what is excluded, and which rules were in force. */
interface Said {
  stopped: ReadonlySet<string>;
  excluded: string;
  rules: ReadonlySet<string>;
}

/**
 * Publishes to every node what must not begin: which tasks are paused or held, and what is excluded. What is new goes
 * out in each pass, and all of it every 2 s. After it comes `repeated`, with the time of MongoDB before anything was
 * read: a node that has heard it knows every rule of that time, and begins nothing 2 s later without the next one. A
 * pass that fails says nothing, so nodes begin nothing. It is short, since what it says is 2 s old soon: what a rule
 * that has just begun holds is written at once, all else that holds do is `apply-holds`.
 */
export function createPublishRules({
  store,
  publisher,
  logger,
  exclusions = createExclusionWatch(store),
}: {
  store: Pick<Store, 'tasks' | 'exclusions' | 'freezes' | 'holds'>;
  publisher: Publisher;
  logger: Logger;
  exclusions?: Pick<ExclusionWatch, 'read'>;
}): (now: Date) => Promise<Counts> {
  const nextEnded = createTaskRound(store, 'ended', MAX_TASKS);
  let said: Said = { stopped: new Set(), excluded: '', rules: new Set() };
  /** When everything was repeated last. */
  let wholeAtMs = Number.NEGATIVE_INFINITY;
  /** By what was said last. */
  let excluded = toExcludedControl([]);
  /** When something was excluded last. */
  let excludedTime = new Date(0);

  return async function publishRulesOnce(now) {
    const beganAtMs = performance.now();
    const isWhole = beganAtMs - wholeAtMs >= WHOLE_MS;
    const [rules, inForce, others, early] = await Promise.all([
      store.freezes.findAll(now).then((all) => all.filter((rule) => isInForce(rule, now))),
      exclusions.read(now),
      isWhole ? findOthers(now) : [],
      isWhole ? [] : store.tasks.findStopped(),
    ]);
    const fresh = rules.filter(({ freeze_id }) => !said.rules.has(freeze_id));
    if (fresh.length > 0) {
      const held = await store.holds.beginRules(fresh, now);
      publishHolds({ publisher, logger }, held, { operator: OPERATOR, timestamp: now });
    }
    // Read last: what is stopped by then is stopped, whatever was read of it before.
    const stopped = isWhole || fresh.length > 0 ? await store.tasks.findStopped() : early;
    const paused = isWhole ? stopped : stopped.filter((taskId) => !said.stopped.has(taskId));
    const changed = [...others, ...paused.map((task_id) => ({ task_id, status: 'PAUSED' as const }))];
    const newest = [...new Map(changed.map((task) => [task.task_id, task])).values()];
    let isSent = true;
    for (const control of toControls(newest, now)) isSent = sendControl(publisher, control) && isSent;
    if (inForce.exclusions.length > 0) excludedTime = now;
    const isNew = inForce.key !== said.excluded;
    if (isNew) excluded = toExcludedControl(inForce.exclusions);
    const wasExcluded = now.getTime() - excludedTime.getTime() <= REPEAT_MS;
    if (isNew || (isWhole && wasExcluded)) {
      isSent = sendControl(publisher, excluded.control) && isSent;
    }
    // RabbitMQ did not take all of it: the next pass begins with everything.
    wholeAtMs = isSent ? (isWhole ? beganAtMs : wholeAtMs) : Number.NEGATIVE_INFINITY;
    if (!isSent) return { controls: 0 };
    const known = rules.map(({ freeze_id }) => freeze_id);
    said = { stopped: new Set(stopped), excluded: inForce.key, rules: new Set(known) };
    const within_ms = performance.now() - wholeAtMs;
    const { jobs_since } = excluded;
    const repeated = { within_ms, server_time: now.getTime(), ...(jobs_since !== undefined && { jobs_since }) };
    sendControl(publisher, { state: 'repeated', ...repeated });
    return { controls: newest.length };
  };

  /** Tasks that have ended, or were resumed: not long ago. */
  async function findOthers(now: Date) {
    const since = new Date(now.getTime() - REPEAT_MS);
    const lists = await Promise.all([
      nextEnded(),
      store.tasks.findEnded(since, MAX_TASKS),
      store.tasks.findResumed(since, MAX_TASKS),
    ]);
    return lists.flat();
  }
}
