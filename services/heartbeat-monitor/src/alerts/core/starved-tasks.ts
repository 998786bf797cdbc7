/**
 * Which tasks a limit starves. No document says since when a task has begun nothing, so each pass compares what it sees
 * with the pass before. An alert that is active is not cleared because a new leader has seen nothing yet.
 */
import { type Task, toSentence } from '@cyberstroll/contracts';
import { type KnownLimit, nameLimit, toRoom } from '@cyberstroll/task-state';
import type { AlertLimits, AlertReading } from './alert-readings';

/** A limit is full for this long after it had no room: one slot that is free for a moment changes nothing. */
const FULL_MS = 60_000;

/** What a task has left to begin. `moves` is another number after something of it began or ended. */
export type BeginningTask = Pick<Task, 'task_id' | 'cursor'> & {
  progress: Pick<Task['progress'], 'total_targets' | 'retry_count'>;
  config: Pick<Task['config'], 'retry_delay' | 'max_retry_delay'>;
  moves: number;
};

export interface StarvedTasks {
  /** By task that one of these limits covers: the limit, if it is full. */
  findFull(limits: readonly KnownLimit[], now: Date): Map<string, KnownLimit>;
  /** `tasks` may begin something, and are behind a full limit. `subjects` have an alert. */
  toReadings(
    tasks: readonly BeginningTask[],
    full: ReadonlyMap<string, KnownLimit>,
    subjects: readonly string[],
    now: Date,
  ): AlertReading[];
}

export function createStarvedTasks({ afterMs }: AlertLimits['limitStarves']): StarvedTasks {
  /** By key of the limit: when it last had no room. */
  let fullTimes: ReadonlyMap<string, Date> = new Map();
  /** By task: since when it has not moved, and when that was last seen. */
  let still: ReadonlyMap<string, { moves: number; since: Date; seen: Date }> = new Map();
  const isFresh = (time: Date | undefined, now: Date) => time && now.getTime() - time.getTime() <= FULL_MS;

  function toSince({ task_id, moves }: BeginningTask, isSubject: boolean, now: Date): Date {
    const before = still.get(task_id);
    if (before && isFresh(before.seen, now)) return before.moves === moves ? before.since : now;
    return isSubject ? new Date(now.getTime() - afterMs) : now;
  }

  return {
    findFull(limits, now) {
      fullTimes = new Map(
        limits.flatMap((limit) => {
          const time = toRoom(limit, now) < 1 ? now : fullTimes.get(limit.key);
          return time && isFresh(time, now) ? [[limit.key, time]] : [];
        }),
      );
      const full = limits.filter(({ key }) => fullTimes.has(key));
      return new Map(full.flatMap((limit) => [...limit.tasks].map((taskId) => [taskId, limit])));
    },
    toReadings(tasks, full, subjects, now) {
      const eager = tasks.filter(hasLeft);
      still = new Map(
        eager.map((task) => {
          const since = toSince(task, subjects.includes(task.task_id), now);
          return [task.task_id, { moves: task.moves, since, seen: now }];
        }),
      );
      const readings = eager.map((task) => {
        const limit = nameLimit(full.get(task.task_id)!);
        const stillMs = now.getTime() - still.get(task.task_id)!.since.getTime();
        const seconds = Math.max(0, stillMs / 1_000 - toDelaySeconds(task));
        const summary = toSentence('began_nothing', { still_seconds: seconds, limit });
        return toReading(task.task_id, seconds, summary);
      });
      const others = subjects.filter((subject) => !still.has(subject));
      return [...readings, ...others.map((subject) => toReading(subject, 0, toSentence('not_held_back')))];
    },
  };

  function toReading(subject: string, value: number, summary: string): AlertReading {
    return { rule: 'limit_starves', subject, value, threshold: afterMs / 1_000, forMs: 0, summary };
  }
}

const hasTargetsLeft = ({ cursor, progress }: BeginningTask): boolean => cursor < progress.total_targets;
const hasLeft = (task: BeginningTask): boolean => hasTargetsLeft(task) || task.progress.retry_count > 0;

/** While a task does not move, all of its retries are due after this. */
const toDelaySeconds = (task: BeginningTask): number =>
  hasTargetsLeft(task) ? 0 : Math.max(task.config.retry_delay, task.config.max_retry_delay);
