/**
 * One subtask, two nodes, three attempts, and all updates about them.
 *
 * The network: what was published stays. It may arrive now, later, never, or again and again, in any order. A node that
 * dies stops in the middle. A node that is taken for dead, or does not know that its task was paused or has ended,
 * continues. Services read the document at any moment, and publish what they decided then, about the attempt and the
 * lease that they saw. A third node claims what it was never given, in any attempt (`ghost`), and reports in the name
 * of others.
 *
 * The steps of a run without faults are free. The numbers of the others are bounded: failures (a report of one,
 * a loss, a time-out, a job that reaches both nodes), and interventions (a command, a forgery that is applied). At its
 * fourth attempt a subtask is at the bounds.
 */
import type { SubTask } from '@cyberstroll/contracts';
import { isClosedSubTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Decisions } from './decisions';
import { createDocuments, type Message, type Report, toUpdate } from './documents';
import type { Model } from './explore';

const ATTEMPTS = [1, 2, 3] as const;
const NODES = ['A', 'B'] as const;
const GHOST = 'ghost';
const toLease = (node: string, attempt: number) => `lease of ${node} ${attempt}`;

/** The task may be ended, as FAILED or CANCELLED, by a command or by its other subtasks. FAILED can be retried. */
const TASKS = ['RUNNING', 'PAUSED', 'FAILED', 'CANCELLED'] as const satisfies readonly TaskStatus[];
const RUNNING = 0;
const PAUSED = 1;
const FAILED = 2;
const CANCELLED = 3;

/** The reports of a node about an attempt, as bits of a byte: it claims, it starts, it ends. */
const REPORTS: [name: string, report: Omit<Report, 'attempt'>][] = [
  ['claim', { status: 'ASSIGNED' }],
  ['start', { status: 'SCANNING' }],
  ['result', { status: 'COMPLETED' }],
  ['failure', { status: 'FAILED', code: 'INTERNAL_ERROR' }],
  ['final failure', { status: 'FAILED', code: 'OUT_OF_SCOPE' }],
  ['time-out', { status: 'TIMEOUT', code: 'SUBTASK_TIMEOUT' }],
  ['hand-back', { status: 'FAILED', code: 'NODE_DRAINING' }],
  ['giving up', { status: 'FAILED', code: 'NODE_LOST' }],
];
const CLAIMED = 1;
const STARTED = 2;
const RESULT = 4;

/** The words of a state. The third to sixth have what was published, the last four what of it was applied. */
const DOCUMENT = 0;
const REST = 1;
const FIRST_SENT = 2;
const WORDS_SENT = 4;
const WORDS = FIRST_SENT + 2 * WORDS_SENT;

export interface SubTaskModel extends Model {
  /** How many documents have been seen. */
  documentCount(): number;
}

export interface SubTaskBounds {
  failures: number;
  interventions: number;
}

export function createSubTaskModel(decisions: Decisions, bounds: SubTaskBounds): SubTaskModel {
  const documents = createDocuments(decisions);
  const messages: Message[] = [];
  /** What may be published, by word and bit. */
  const sent: Message[][] = Array.from({ length: WORDS_SENT }, () => []);
  /** By document, task and ledger: what a forgery changes, or what is wrong with it. */
  const forgeries: { document: number; fault: string | undefined; action: string }[][] = [];

  function addMessage(name: string, sender: Message['incoming']['sender'], report: Report, isHonest = true): Message {
    const incoming = { sender, update: toUpdate(report) };
    const message = { number: messages.length, arrival: `${name} arrives`, incoming, isHonest };
    messages.push(message);
    return message;
  }
  function addSent(word: number, bit: number, ...message: Parameters<typeof addMessage>): void {
    sent[word]![bit] = addMessage(...message);
  }
  NODES.forEach((node, word) => {
    for (const attempt of ATTEMPTS) {
      REPORTS.forEach(([name, report], place) => {
        const lease = toLease(node, attempt);
        addSent(
          word,
          toByte(attempt, place),
          `${name} by ${node} ${attempt}`,
          { node_id: node },
          { ...report, attempt, lease },
        );
      });
    }
  });
  const holders = [...NODES, GHOST];
  const MONITOR = { operator: 'heartbeat-monitor' };
  const SCHEDULER = { operator: 'retry-scheduler' };
  for (const attempt of ATTEMPTS) {
    holders.forEach((holder, place) => {
      const lease = toLease(holder, attempt);
      const held = { attempt, lease };
      addSent(2, toLoss(attempt, place), `loss of ${holder} ${attempt}`, MONITOR, {
        ...held,
        status: 'FAILED',
        code: 'NODE_LOST',
      });
      addSent(2, toOverdue(attempt, place), `overdue ${holder} ${attempt}`, MONITOR, {
        ...held,
        status: 'TIMEOUT',
        code: 'SUBTASK_TIMEOUT',
      });
      addSent(3, toCancel(attempt, place), `cancel of ${holder} ${attempt}`, SCHEDULER, {
        ...held,
        status: 'CANCELLED',
      });
    });
    addSent(3, toCancel(attempt, holders.length), `cancel of nobody ${attempt}`, SCHEDULER, {
      attempt,
      status: 'CANCELLED',
    });
    addSent(3, toRetry(attempt), `retry of ${attempt}`, { operator: 'jane' }, { attempt, status: 'RETRYING' });
  }
  const forged = [...ATTEMPTS, 4].flatMap((attempt) => {
    const add = (name: string, node: string, report: Omit<Report, 'attempt'>) =>
      addMessage(`forged ${name}, attempt ${attempt},`, { node_id: node }, { ...report, attempt }, false);
    const lease = toLease(GHOST, attempt);
    return [
      ...REPORTS.slice(0, 5).map(([name, report]) => add(name, GHOST, { ...report, lease })),
      add('result under the lease of A', GHOST, { status: 'COMPLETED', lease: toLease('A', attempt) }),
      add('failure under the lease of A', GHOST, { status: 'FAILED', lease: toLease('A', attempt) }),
      add('result under the lease of an attempt before', 'A', {
        status: 'COMPLETED',
        lease: toLease('A', attempt - 1),
      }),
      add('result without a lease', 'A', { status: 'COMPLETED' }),
      add('cancel by a node', 'A', { status: 'CANCELLED', lease: toLease('A', attempt) }),
      add('retry by a node', 'A', { status: 'RETRYING', lease: toLease('A', attempt) }),
    ];
  });

  const next = new Int32Array(WORDS);

  return {
    words: WORDS,
    initial: new Int32Array(WORDS),
    documentCount: documents.count,
    findFault: (state) => documents.findFault(state[DOCUMENT]!),
    isEnd(state) {
      const subTask = documents.get(state[DOCUMENT]!);
      const task = taskOf(state);
      if (task === PAUSED || isOutside(subTask)) return true;
      return subTask ? isClosedSubTask(subTask.status) : task !== RUNNING;
    },
    expand(state, visit) {
      const subTask = documents.get(state[DOCUMENT]!);
      if (isOutside(subTask)) return;
      const rest = state[REST]!;
      const task = taskOf(state);
      const mayFail = failuresOf(rest) < bounds.failures;
      const mayIntervene = interventionsOf(rest) < bounds.interventions;

      /** Whether a step is within the bounds. Its changes follow, then `visit`. */
      const begin = (cost: number): boolean => {
        if ((cost === FAILURE && !mayFail) || (cost === INTERVENTION && !mayIntervene)) return false;
        for (let word = 0; word < WORDS; word++) next[word] = state[word]!;
        next[REST]! += cost;
        return true;
      };
      const setTask = (to: number, cost: number, action: string) => {
        if (!begin(cost)) return;
        next[REST] = (next[REST]! & ~TASK_BITS) | to;
        visit(next, action, false);
      };
      const publish = (word: number, bit: number, cost: number, action: string, isOwn: boolean) => {
        if ((state[FIRST_SENT + word]! & bit) !== 0 || !begin(cost)) return;
        next[FIRST_SENT + word]! |= bit;
        visit(next, action, isOwn);
      };
      const isSent = (rest & JOB_1) !== 0;
      const receive = (message: Message) => documents.apply(state[DOCUMENT]!, TASKS[task]!, task, isSent, message);

      for (let word = 0; word < WORDS_SENT; word++) {
        for (let bits = state[FIRST_SENT + word]!; bits !== 0; bits &= bits - 1) {
          const place = 31 - Math.clz32(bits & -bits);
          const message = sent[word]![place]!;
          const { outcome, next: document, fault } = receive(message);
          if (fault !== undefined) visit(state, message.arrival, false, fault);
          if (outcome !== 'applied') continue;
          const isAgain = (state[FIRST_SENT + WORDS_SENT + word]! & (1 << place)) !== 0;
          begin(0);
          next[DOCUMENT] = document;
          next[FIRST_SENT + WORDS_SENT + word]! |= 1 << place;
          visit(next, message.arrival, true, isAgain ? 'I8: applied again' : undefined);
        }
      }
      const row = (state[DOCUMENT]! * TASKS.length + task) * 2 + (isSent ? 1 : 0);
      forgeries[row] ??= forged.flatMap((message) => {
        const { outcome, next: document, fault } = receive(message);
        return outcome === 'applied' || fault ? [{ document, fault, action: message.arrival }] : [];
      });
      for (const { document, fault, action } of forgeries[row]) {
        if (fault !== undefined) visit(state, action, false, fault);
        else if (begin(INTERVENTION)) {
          next[DOCUMENT] = document;
          visit(next, action, false);
        }
      }

      if (task === RUNNING && (rest & JOB_1) === 0) {
        begin(0);
        next[REST]! |= JOB_1;
        visit(next, 'the dispatcher sends the job', true);
      }
      const isDue = subTask?.status === 'RETRYING' && subTask.lease_id === undefined;
      if (isDue && task === RUNNING && (rest & jobOf(subTask.attempt)) === 0) {
        begin(0);
        next[REST]! |= jobOf(subTask.attempt);
        visit(next, 'retry-scheduler sends the job of the retry', true);
      }

      for (let node = 0; node < NODES.length; node++) {
        const bytes = state[FIRST_SENT + node]!;
        const others = state[FIRST_SENT + 1 - node]!;
        // The nodes are alike: the first to claim anything is A.
        if (node === 1 && others === 0) continue;
        for (const attempt of ATTEMPTS) {
          const said = (bytes >>> toByte(attempt, 0)) & 0xff;
          const act = (place: number, cost: number) =>
            publish(node, 1 << toByte(attempt, place), cost, ACTIONS[node]![attempt - 1]![place]!, true);
          if (said === 0) {
            const isTaken = ((others >>> toByte(attempt, 0)) & 0xff) !== 0;
            const knowsLater = bytes >>> toByte(attempt, 0) !== 0;
            if ((rest & jobOf(attempt)) !== 0 && !knowsLater) act(0, isTaken ? FAILURE : 0);
          } else if (said === CLAIMED || said === (CLAIMED | STARTED)) {
            if (said === CLAIMED) act(1, 0);
            for (let place = 2; place < REPORTS.length; place++) act(place, 1 << place === RESULT ? 0 : FAILURE);
          }
        }
      }

      if (subTask && subTask.attempt <= ATTEMPTS.length) {
        const { attempt, status, lease_id } = subTask;
        const holder =
          lease_id === undefined ? holders.length : holders.findIndex((each) => toLease(each, attempt) === lease_id);
        if (subTask.deadline !== undefined) {
          const cost = holders[holder] === GHOST ? 0 : FAILURE;
          publish(2, 1 << toLoss(attempt, holder), cost, 'heartbeat-monitor takes the holder for lost', true);
          publish(2, 1 << toOverdue(attempt, holder), FAILURE, 'heartbeat-monitor finds it overdue', true);
        }
        if (task >= FAILED && !isClosedSubTask(status)) {
          publish(3, 1 << toCancel(attempt, holder), 0, 'retry-scheduler cancels what is open', true);
        }
        if (task < FAILED && (status === 'FAILED' || status === 'TIMEOUT')) {
          publish(3, 1 << toRetry(attempt), INTERVENTION, 'jane retries it', false);
        }
      }

      if (task === RUNNING) setTask(PAUSED, INTERVENTION, 'jane pauses the task');
      if (task === PAUSED) setTask(RUNNING, 0, 'jane resumes the task');
      if (task < FAILED) {
        setTask(FAILED, INTERVENTION, 'the task fails');
        setTask(CANCELLED, INTERVENTION, 'jane cancels the task');
      }
      if (task === FAILED) setTask(RUNNING, INTERVENTION, 'jane retries the task');
    },
  };
}

/** Of the word `REST`: the status of the task, the jobs that were sent, the numbers of failures and interventions. */
const TASK_BITS = 3;
const JOB_1 = 4;
const FAILURE = 32;
const INTERVENTION = 256;
const jobOf = (attempt: number) => JOB_1 << (attempt - 1);
const failuresOf = (rest: number) => (rest >>> 5) & 7;
const interventionsOf = (rest: number) => rest >>> 8;
const taskOf = (state: Int32Array) => state[REST]! & TASK_BITS;

const toByte = (attempt: number, place: number) => (attempt - 1) * REPORTS.length + place;
const toLoss = (attempt: number, holder: number) => (attempt - 1) * 6 + holder;
const toOverdue = (attempt: number, holder: number) => (attempt - 1) * 6 + 3 + holder;
const toCancel = (attempt: number, holder: number) => (attempt - 1) * 5 + holder;
const toRetry = (attempt: number) => (attempt - 1) * 5 + 4;

const isOutside = (subTask: SubTask | undefined) => subTask !== undefined && subTask.attempt > ATTEMPTS.length;

const ACTIONS = NODES.map((node) =>
  ATTEMPTS.map((attempt) => REPORTS.map(([name]) => `${node} publishes the ${name} of attempt ${attempt}`)),
);
