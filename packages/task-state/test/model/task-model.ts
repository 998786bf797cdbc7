/**
 * One task with three subtasks, its counters, and all commands. It is one file, since every step reads and changes the
 * same state.
 *
 * A roll-up reads the task and its counters, and writes later. Anything may happen in between. Its write is guarded by
 * the task's revision, and that of an end by the counters, too. A roll-up happens only where something calls for it:
 * the counters or the revision have moved since the last one, or the time of a hold is over. An ended task is settled
 * in the same way. Updates of services are published first, and arrive later.
 *
 * The subtasks are alike, so states that differ by their order are one. A claim has one lease per attempt: the other
 * model is about leases. A retry may arrive when the time of its hold is over: then the task may have ended.
 *
 * One file, though it is long: every move reads and writes the same state, and the order of the moves is the model.
 */
import { countClosed, countFailed, countOpen, type SubTask, type TouchedCounts } from '@cyberstroll/contracts';
import {
  DISPATCHABLE_TASK_STATUSES,
  isClosedSubTask,
  isEndedTask,
  settableTaskStatuses,
  TASK_STATUSES,
  type TaskStatus,
  taskTable,
} from '@cyberstroll/state-machine';
import { findInconsistencies, type TaskStanding } from '../../src';
import type { Decisions } from './decisions';
import { createDocuments, type Message, NOW, type Report, toUpdate } from './documents';
import type { Model, Visit } from './explore';
import {
  BUCKETS,
  COUNTERS,
  counters,
  type Field,
  get,
  HOLD,
  NO_NUMBER,
  SETTLE,
  set,
  sortSubTasks,
  subTasks,
  TASK,
  TOTAL,
  task,
  WORDS,
} from './task-words';

const ATTEMPTS = [1, 2, 3];
const toLease = (attempt: number) => `lease ${attempt}`;

export interface TaskBounds {
  /** Commands to a task: pause, resume, cancel, time-out, retry of the task, retry of a subtask. */
  commands: number;
  errorThreshold: number;
}

export function createTaskModel(decisions: Decisions, bounds: TaskBounds): Model & { documentCount(): number } {
  const documents = createDocuments(decisions, { max_retries: 0 });
  const messages: Message[] = [];
  const add = (arrival: string, sender: Message['incoming']['sender'], report: Report): Message => {
    const message = {
      number: messages.length,
      arrival,
      incoming: { sender, update: toUpdate(report) },
      isHonest: true,
    };
    messages.push(message);
    return message;
  };
  const SCHEDULER = { operator: 'retry-scheduler' };
  const NODE = { node_id: 'A' };
  const byAttempt = ATTEMPTS.map((attempt) => {
    const lease = toLease(attempt);
    return {
      claim: add('a node claims a subtask', NODE, { attempt, lease, status: 'ASSIGNED' }),
      reports: [
        add('a node starts a scan', NODE, { attempt, lease, status: 'SCANNING' }),
        add('a node completes a scan', NODE, { attempt, lease, status: 'COMPLETED' }),
        add('a node fails a scan', NODE, { attempt, lease, status: 'FAILED', code: 'OUT_OF_SCOPE' }),
        add('a scan is overdue', { operator: 'heartbeat-monitor' }, { attempt, lease, status: 'TIMEOUT' }),
      ],
      lose: add(
        'a node is lost',
        { operator: 'heartbeat-monitor' },
        { attempt, lease, status: 'FAILED', code: 'NODE_LOST' },
      ),
      retry: add('the retry of a subtask arrives', { operator: 'jane' }, { attempt, status: 'RETRYING' }),
      cancelHeld: add('the cancel of a subtask arrives', SCHEDULER, { attempt, lease, status: 'CANCELLED' }),
      cancel: add('the cancel of a subtask arrives', SCHEDULER, { attempt, status: 'CANCELLED' }),
    };
  });

  /** The transitions that a roll-up may have decided, by number; 0 are none. */
  const decided: TaskStatus[][] = [[]];
  const decidedNumbers = new Map<string, number>([['', 0]]);
  const next = new Int32Array(WORDS);
  const initial = new Int32Array(WORDS);
  set(initial, task.status, TASK_STATUSES.indexOf('CREATED'));

  const statusOf = (state: Int32Array) => TASK_STATUSES[get(state, task.status)]!;
  const documentOf = (state: Int32Array, i: number): SubTask | undefined =>
    documents.get(get(state, subTasks[i]!.document));
  const isOutside = (state: Int32Array) =>
    subTasks.some((_, i) => (documentOf(state, i)?.attempt ?? 1) > ATTEMPTS.length);
  /** Counters by their word. */
  const counts = new Map<number, TouchedCounts>();
  function toCounts(word: number): TouchedCounts {
    const known = counts.get(word);
    if (known) return known;
    const each = BUCKETS.map((bucket, i) => [bucket, (word >>> (3 * i)) & 7]);
    const made = Object.fromEntries(each) as TouchedCounts;
    counts.set(word, made);
    return made;
  }
  const countersOf = (state: Int32Array): TouchedCounts => toCounts(state[COUNTERS]!);
  /** The word of the counters as the documents have them. */
  function recount(state: Int32Array): number {
    let word = 0;
    for (const { document } of subTasks) {
      const bucket = documents.bucketOf(get(state, document));
      if (bucket !== 'pending_count') word += 1 << (3 * BUCKETS.indexOf(bucket));
    }
    return word;
  }

  function toStanding(state: Int32Array, touched: TouchedCounts): TaskStanding {
    const hold = get(state, task.hold);
    const due = get(state, task.due);
    const error_info = { error_count: 0, failed_attempts: 0, error_threshold: bounds.errorThreshold };
    const until = new Date(NOW.getTime() + (hold === HOLD.holds ? 1 : 0));
    return {
      task: {
        status: statusOf(state),
        error_info,
        accepted_failures: get(state, task.accepted),
        ...(hold !== HOLD.none && { end_hold: { until, ...(due !== NO_NUMBER && { retries: due }) } }),
        ...(get(state, task.retryAll) === 1 && { retry_all: { requested_time: NOW, reason: '', operator: 'jane' } }),
      },
      total: TOTAL,
      touched,
      // The hold has the number of those that are still due.
      reopened: 0,
      now: NOW,
    };
  }

  /** By what it depends on: what a roll-up decides. */
  const rollUps = new Map<number, number>();
  function decideRollUp(state: Int32Array): number {
    const key = (state[TASK]! & 0xfff) * 2 ** 21 + state[COUNTERS]!;
    const known = rollUps.get(key);
    if (known !== undefined) return known;
    const statuses = decisions.decideTaskTransitions(toStanding(state, countersOf(state))).map(({ status }) => status);
    const number = decidedNumbers.get(statuses.join()) ?? decided.push(statuses) - 1;
    decidedNumbers.set(statuses.join(), number);
    rollUps.set(key, number);
    return number;
  }

  function isToRetry(state: Int32Array, i: number): boolean {
    const subTask = documentOf(state, i);
    return subTask?.status === 'FAILED' || subTask?.status === 'TIMEOUT';
  }

  /** What is wrong with an end that a roll-up writes now. */
  function findEndFault(state: Int32Array, end: TaskStatus): string | undefined {
    if (isEndedTask(statusOf(state))) return 'I12: ended twice';
    const isAwaited = subTasks.some(({ retries }, i) => {
      const attempt = documentOf(state, i)?.attempt ?? 1;
      return isToRetry(state, i) && (get(state, retries) & (1 << (attempt - 1))) !== 0;
    });
    const isLate = get(state, task.hold) === HOLD.over;
    if ((isAwaited && !isLate) || get(state, task.retryAll) === 1) return `${end}, and a retry is on its way`;
    const actual = toCounts(recount(state));
    const failed = countFailed(actual);
    if (end === 'FAILED' && failed - get(state, task.accepted) > bounds.errorThreshold) return undefined;
    return countClosed(actual) === TOTAL ? undefined : `I12: ${end}, and a subtask is open`;
  }

  /** By what it depends on: the task's status and whether it is settled, the counters, and those of the documents. */
  const audited = new Map<number, string | undefined>();
  function audit(state: Int32Array): string | undefined {
    const standing = toStanding(state, countersOf(state));
    const facts = {
      ...standing,
      task: {
        ...standing.task,
        task_id: '',
        settled: get(state, task.settled) === 1,
        rev: 0,
        progress: {} as never,
        progress_seq: 0,
        cursor: 0,
      },
      counted: standing.touched,
      seq: 0,
      recounted: toCounts(recount(state)),
      pendingDocuments: 0,
      stranded: [],
      hasUnsettledChunk: true,
    };
    const [finding] = findInconsistencies(facts).filter(({ lasting }) => !lasting);
    return finding && `${finding.finding}: ${finding.reason}`;
  }

  return {
    words: WORDS,
    initial,
    documentCount: documents.count,
    findFault(state) {
      const key = ((state[TASK]! & 0xf) * 2 ** 21 + state[COUNTERS]!) * 2 ** 21 + recount(state);
      if (!audited.has(key)) audited.set(key, audit(state));
      return audited.get(key);
    },
    isEnd(state) {
      const status = statusOf(state);
      return status === 'PAUSED' || isOutside(state) || (isEndedTask(status) && get(state, task.settled) === 1);
    },
    expand(state, visit) {
      if (isOutside(state)) return;
      const status = statusOf(state);
      const isEnded = isEndedTask(status);
      const isRetriedInPlace = status === 'RUNNING' || status === 'PAUSED';
      const begin = () => {
        for (let word = 0; word < WORDS; word++) next[word] = state[word]!;
      };
      const finish = (...step: Parameters<Visit> extends [unknown, ...infer Rest] ? Rest : never) => {
        sortSubTasks(next);
        visit(next, ...step);
      };
      const touchTask = () => {
        set(next, task.hasMoved, 1);
        set(next, task.isTaskAsRead, 0);
      };
      const receive = (i: number, message: Message, isOwn: boolean, clear?: [field: Field, bit: number]) => {
        const fields = subTasks[i]!;
        const isSent = get(state, fields.isSent) === 1;
        const document = get(state, fields.document);
        const outcome = documents.apply(document, status, get(state, task.status), isSent, message);
        const { fault } = outcome;
        const { status: reported } = message.incoming.update;
        begin();
        if (clear) set(next, clear[0], get(next, clear[0]) & ~clear[1]);
        set(next, fields.document, outcome.next);
        outcome.counts.forEach((count, bucket) => {
          if (count === 0) return;
          set(next, counters[bucket]!, get(next, counters[bucket]!) + count);
        });
        if (outcome.outcome === 'applied') {
          set(next, task.hasMoved, 1);
          set(next, task.areCountersAsRead, 0);
          noteReopened(outcome.reopened);
          if (reported === 'RETRYING') set(next, fields.isCovered, 0);
        }
        if (
          outcome.outcome === 'applied' ||
          clear ||
          fault !== undefined ||
          outcome.counts.some((count) => count !== 0)
        )
          finish(message.arrival, isOwn, fault);
      };

      for (let i = 0; i < TOTAL; i++) moveSubTask(i);
      if (get(state, task.pending) === 0) readTask();
      else writeTask(get(state, task.pending));
      passTime();
      if (get(state, task.commands) < bounds.commands) commandTask();

      /** What nodes and services do about a subtask, and its retry by an operator. */
      function moveSubTask(i: number) {
        const fields = subTasks[i]!;
        const subTask = documentOf(state, i);
        const attempt = subTask?.attempt ?? 1;
        const message = byAttempt[attempt - 1]!;
        if (get(state, fields.isSent) === 0 && DISPATCHABLE_TASK_STATUSES.includes(status)) {
          begin();
          set(next, fields.isSent, 1);
          finish('the dispatcher sends a job', true);
        }
        const mayBeClaimed = subTask
          ? subTask.status === 'RETRYING' && !subTask.lease_id
          : get(state, fields.isSent) === 1;
        if (mayBeClaimed) receive(i, message.claim, status === 'RUNNING' || status === 'QUEUED');
        if (subTask?.deadline !== undefined) for (const report of message.reports) receive(i, report, true);
        if (subTask?.deadline !== undefined) receive(i, message.lose, false);

        for (const [bit, of] of byAttempt.entries()) {
          if ((get(state, fields.retries) & (1 << bit)) !== 0) receive(i, of.retry, true, [fields.retries, 1 << bit]);
          if ((get(state, fields.cancels) & (1 << bit)) !== 0) receive(i, of.cancel, true, [fields.cancels, 1 << bit]);
          if ((get(state, fields.cancelsHeld) & (1 << bit)) !== 0)
            receive(i, of.cancelHeld, true, [fields.cancelsHeld, 1 << bit]);
        }
        const bit = 1 << (attempt - 1);
        if (isEnded && subTask && !isClosedSubTask(subTask.status)) {
          const field = subTask.lease_id === undefined ? fields.cancels : fields.cancelsHeld;
          begin();
          set(next, field, get(state, field) | bit);
          finish('retry-scheduler cancels an open subtask', true);
        }
        const hasFailed = subTask?.status === 'FAILED' || subTask?.status === 'TIMEOUT';
        if (hasFailed && !isEnded && get(state, task.retryAll) === 1 && get(state, fields.isCovered) === 1) {
          begin();
          set(next, fields.retries, get(state, fields.retries) | bit);
          finish('retry-scheduler sends a retry', true);
        }
        if (hasFailed) retrySubTask(i, bit);
      }

      /** What is decided now, and written later. */
      function readTask() {
        const goal = decideRollUp(state);
        const { end_hold } = toStanding(state, countersOf(state)).task;
        const isCalled = get(state, task.hasMoved) === 1 || decisions.isHoldOver(end_hold, 0, NOW);
        if (isCalled && !isEnded) read(goal + 1, 'a roll-up reads');
        if (isEnded && get(state, task.settled) === 0 && decisions.maySettle(countOpen(countersOf(state)))) {
          read(SETTLE, 'retry-scheduler reads an ended task');
        }
      }

      function writeTask(pending: number) {
        const statuses = pending === SETTLE ? [] : decided[pending - 1]!;
        const end = statuses.find(isEndedTask);
        const isTaskAsRead = get(state, task.isTaskAsRead) === 1;
        const areCountersAsRead = get(state, task.areCountersAsRead) === 1;
        begin();
        set(next, task.pending, 0);
        set(next, task.isTaskAsRead, 0);
        set(next, task.areCountersAsRead, 0);
        if (!decisions.mayWrite({ isTaskAsRead, areCountersAsRead, isEnd: end !== undefined })) {
          finish('its write is refused', true);
          return;
        }
        if (pending === SETTLE) {
          set(next, task.settled, 1);
          finish('it is settled', true);
          return;
        }
        let fault = end && findEndFault(state, end);
        let at = status;
        for (const to of statuses) {
          if (!taskTable.allowedStatuses(at).includes(to)) fault ??= `I4: ${at} does not lead to ${to}`;
          at = to;
        }
        setStatus(at);
        // It shows the counters as they were read, and the revision that it writes.
        set(next, task.hasMoved, areCountersAsRead ? 0 : 1);
        finish(statuses.length > 0 ? NAMES[at] : 'it writes the progress', true, fault);
      }

      /** What happens sooner or later. */
      function passTime() {
        if (get(state, task.hold) === HOLD.holds) {
          begin();
          set(next, task.hold, HOLD.over);
          finish('the time of the hold is over', true);
        }
        const isRetried = (i: number) => isToRetry(state, i) && get(state, subTasks[i]!.isCovered) === 1;
        if (get(state, task.retryAll) === 1 && !isEnded && !subTasks.some((_, i) => isRetried(i))) {
          begin();
          set(next, task.retryAll, 0);
          touchTask();
          finish('retry-scheduler ends the request', true);
        }
        if (status === 'CREATED') {
          begin();
          setStatus('QUEUED');
          finish('the task is queued', true);
        }
      }

      function commandTask() {
        const settable = settableTaskStatuses(status);
        for (const to of ['PAUSED', 'CANCELLED', 'TIMEOUT', 'RUNNING'] as const) {
          if (!settable.includes(to) || (to === 'RUNNING' && status !== 'PAUSED')) continue;
          begin();
          set(next, task.commands, get(state, task.commands) + 1);
          setStatus(to);
          finish(COMMANDS[to], false);
        }
        const isLegal = isEnded || isRetriedInPlace;
        if (isLegal && get(state, task.retryAll) === 0 && reopen(true)) finish('jane retries the task', false);
      }

      function read(number: number, action: string) {
        begin();
        set(next, task.pending, number);
        set(next, task.isTaskAsRead, 1);
        set(next, task.areCountersAsRead, 1);
        finish(action, true);
      }

      function setStatus(to: TaskStatus) {
        set(next, task.status, TASK_STATUSES.indexOf(to));
        touchTask();
        if (isEndedTask(to)) set(next, task.retryAll, 0);
        if (isEndedTask(to) || isEnded) set(next, task.settled, 0);
      }

      function hold(all: boolean) {
        const standing = toStanding(state, countersOf(state));
        const held = decisions.toEndHold(standing.task, { ...standing, all });
        if (!held) return;
        set(next, task.hold, HOLD.holds);
        set(next, task.due, held.retries ?? NO_NUMBER);
      }

      function noteReopened(count: number) {
        const due = get(next, task.due);
        if (count === 0 || due === 0 || due === NO_NUMBER) return;
        set(next, task.due, due - 1);
        if (due === 1) set(next, task.hold, HOLD.none);
      }

      /** As `reopenTask` does it. */
      function reopen(isAll: boolean): boolean {
        const failed = countFailed(countersOf(state));
        const canReopen = taskTable.next(status, 'RETRY') !== undefined;
        if (isEnded ? !canReopen || (failed === 0 && taskTable.hasTag(status, 'all_sent')) : failed === 0) return false;
        begin();
        set(next, task.commands, get(state, task.commands) + 1);
        if (isEnded) {
          setStatus('RUNNING');
          set(next, task.accepted, failed);
        }
        touchTask();
        hold(isAll);
        if (!isAll) return true;
        set(next, task.retryAll, 1);
        set(next, task.accepted, 0);
        for (const [i, { isCovered }] of subTasks.entries()) set(next, isCovered, isToRetry(state, i) ? 1 : 0);
        return true;
      }

      /** The retry of one subtask, as `retrySubTask` does it. */
      function retrySubTask(i: number, bit: number) {
        const { retries } = subTasks[i]!;
        if (get(state, task.commands) >= bounds.commands || (get(state, retries) & bit) !== 0) return;
        if ((!isEnded && !isRetriedInPlace) || !reopen(false)) return;
        finish('jane retries a subtask, and task-api dies before it sends the retry', false);
        reopen(false);
        set(next, retries, get(next, retries) | bit);
        finish('jane retries a subtask', false);
      }
    },
  };
}

const COMMANDS = {
  PAUSED: 'jane pauses the task',
  RUNNING: 'jane resumes the task',
  CANCELLED: 'jane cancels the task',
  TIMEOUT: 'the task is overdue',
};
const NAMES = Object.fromEntries(TASK_STATUSES.map((status) => [status, `it writes ${status}`])) as Record<
  TaskStatus,
  string
>;
