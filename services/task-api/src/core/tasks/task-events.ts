import {
  type ProgressSnapshot,
  type Task,
  type TaskEventName,
  type TaskStatusChange,
  toProgressUpdate,
} from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';

/** How much of a task's events a client has. Its text is the id of the last event. */
export interface EventPlace {
  /** Changes of the status, from the creation on. */
  changes: number;
  /** The `seq` of the progress. */
  seq: number;
  hasEnd: boolean;
}

const EVENT_ID = /^(\d{1,9})-(\d{1,15})(-end)?$/;
const toEventId = ({ changes, seq, hasEnd }: EventPlace) => `${changes}-${seq}${hasEnd ? '-end' : ''}`;

/** Undefined if the text is no id of ours. */
export function parseEventId(text: string | undefined): EventPlace | undefined {
  const [, changes, seq, end] = EVENT_ID.exec(text ?? '') ?? [];
  return changes === undefined ? undefined : { changes: Number(changes), seq: Number(seq), hasEnd: end !== undefined };
}

export type TaskHistory = Pick<Task, 'task_id' | 'status' | 'status_history' | 'rev'>;

/** The number of changes up to each entry: an entry of a long history may stand for several. */
function countChanges(history: TaskHistory['status_history']): number[] {
  let count = 0;
  return history.map(({ folded = 1 }) => {
    count += folded;
    return count;
  });
}

/** Whether there is nothing left to send: the client has the end, and the task has not been retried since. */
export const hasAll = (place: EventPlace, { status, status_history }: TaskHistory): boolean =>
  place.hasEnd && isEndedTask(status) && place.changes === countChanges(status_history).at(-1);

export type TaskEvents = ReturnType<typeof createTaskEvents>;

/**
 * The server-sent events of one task for one client. Every change of the status is sent once, in order: those after
 * `place`, or only the latest one without a place. A place beyond the last change counts as none. Of the progress, the
 * newest is sent, and it never goes backwards. `ended` comes last, after the progress of the end.
 */
export function createTaskEvents(place?: EventPlace) {
  let changes = place?.changes;
  let seq = place?.seq ?? -1;
  let snapshot: ProgressSnapshot | undefined;
  let history: TaskHistory | undefined;
  let isOver = false;

  const isBehind = () => !history || (snapshot?.rev ?? 0) > history.rev;

  function toText(name: TaskEventName, data: object): string {
    const id = toEventId({ changes: changes ?? 0, seq: Math.max(seq, 0), hasEnd: name === 'ended' });
    return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  function takeChanges({ task_id, status_history }: TaskHistory): string {
    const counts = countChanges(status_history);
    changes ??= counts.at(-1)! - 1;
    let text = '';
    for (const [i, entry] of status_history.entries()) {
      if (counts[i]! <= changes) continue;
      changes = counts[i]!;
      text += toText('status', toTaskChange(task_id, entry));
    }
    return text;
  }

  function takeProgress(newest: ProgressSnapshot): string {
    if (newest.seq <= seq) return '';
    seq = newest.seq;
    return toText('progress', toProgressUpdate(newest));
  }

  return {
    /** The newest snapshot. */
    offer(newest: ProgressSnapshot): void {
      snapshot = newest;
    },
    /** The task's state as it was read. */
    learn(read: TaskHistory): void {
      // More changes than there are: the place is not of this task, or of before it was restored from a backup.
      if (!history && changes !== undefined && changes > countChanges(read.status_history).at(-1)!) {
        changes = undefined;
        seq = -1;
      }
      if (!history || read.rev >= history.rev) history = read;
    },
    /** The state is unknown, or a snapshot shows that it has changed since it was read. */
    isBehind,
    /** The events that are due, as text; empty if there are none. */
    take(): string {
      if (isOver) return '';
      let text = history ? takeChanges(history) : '';
      if (snapshot) text += takeProgress(snapshot);
      if (history && snapshot && !isBehind() && isEndedTask(history.status) && isEndedTask(snapshot.status)) {
        isOver = true;
        text += toText('ended', toTaskChange(history.task_id, history.status_history.at(-1)!));
      }
      return text;
    },
    /** `ended` was taken. */
    isOver: (): boolean => isOver,
  };
}

const toTaskChange = (
  task_id: string,
  { status, timestamp, reason, operator, folded }: Task['status_history'][number],
): TaskStatusChange => ({
  task_id,
  status,
  timestamp: timestamp.toISOString(),
  reason,
  operator,
  ...(folded !== undefined && { folded }),
});
