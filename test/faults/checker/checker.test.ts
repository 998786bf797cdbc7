/** In one file for all its lines: each test breaks one invariant in the same good evidence. */
import { NO_TOUCHED, type ProgressUpdate, type SubTask, toProgressUpdate, toSubTaskId } from '@cyberstroll/contracts';
import { toProgress } from '@cyberstroll/task-state';
import { check } from './check';
import { measureLimited } from './check-limits';
import { measureRules } from './check-rules';
import type { Evidence, InventoryDump, LedgerUpdate, RuledTasks, TaskDump } from './evidence';
import { hashOutcome } from './hash-outcome';

const TASK_ID = '0'.repeat(24);
const TIME = new Date(0);

const toStep = (status: SubTask['status'], attempt = 1, operator = 'node-a') => ({
  status,
  attempt,
  operator,
  timestamp: TIME,
});

/** Three targets done by a recording node, the second at its second attempt; a subscriber who saw it. */
function createGood(): Evidence {
  const subTasks = [0, 1, 2].map((index): SubTask => {
    const retried = index === 1;
    const attempt = retried ? 2 : 1;
    const first = retried
      ? [toStep('ASSIGNED'), toStep('FAILED', 1, 'heartbeat-monitor'), toStep('RETRYING', 2, 'heartbeat-monitor')]
      : [toStep('ASSIGNED')];
    return {
      task_id: TASK_ID,
      subtask_id: toSubTaskId(TASK_ID, index),
      ip: `127.0.0.${index}`,
      index,
      attempt,
      status: 'COMPLETED',
      assigned_node: 'node-a',
      lease_id: `lease-${index}`,
      retry_count: 0,
      max_retries: 3,
      created_time: TIME,
      updated_time: TIME,
      node_losses: 0,
      status_history: [...first, toStep('SCANNING', attempt), toStep('COMPLETED', attempt)],
    };
  });
  const counters = { ...NO_TOUCHED, completed_count: 3 };
  const toFrame = (seq: number, status: 'RUNNING' | 'COMPLETED', completed_count: number) => ({
    kind: 'frame' as const,
    subscriber: 'me',
    connection: 'ws-1',
    received_at: 500 * seq,
    update: toProgressUpdate({
      task_id: TASK_ID,
      status,
      seq,
      timestamp: TIME.toISOString(),
      estimated_remaining: null,
      progress: toProgress(3, { ...NO_TOUCHED, completed_count }, false),
    }),
  });
  return {
    tasks: [
      {
        task: {
          task_id: TASK_ID,
          task_initiator: 'me',
          labels: [],
          target_ranges: [],
          task_target: '',
          task_type: 'scan',
          task_category: 'network',
          status: 'COMPLETED',
          status_history: (['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED'] as const).map((status) => {
            const timestamp = status === 'COMPLETED' ? new Date(1_200) : TIME;
            return { status, timestamp, reason: '', operator: 'me' };
          }),
          progress: toProgress(3, counters, true),
          config: {} as never,
          error_info: { error_count: 0, error_threshold: 3 },
          scan: { ports: '80', method: 'connect' },
          cursor: 3,
          rev: 9,
          progress_seq: 9,
          settled: true,
          created_time: TIME,
          completed_time: TIME,
          paused_seconds: 0,
        },
        total: 3,
        counters,
        chunks: [{ first_index: 0, count: 3, settled: true }],
        subTasks,
      },
    ],
    deadLetters: ['{"content":"poison-1"}'],
    ledger: [
      ...subTasks.map(({ subtask_id, attempt, lease_id }): LedgerUpdate => {
        return {
          kind: 'update',
          node_id: 'node-a',
          subtask_id,
          attempt,
          lease_id: lease_id!,
          status: 'COMPLETED',
          confirmed: true,
          taken: true,
        };
      }),
      { kind: 'poison', marker: 'poison-1', confirmed: true },
      toFrame(1, 'RUNNING', 0),
      toFrame(2, 'RUNNING', 2),
      toFrame(3, 'COMPLETED', 3),
    ],
    auditFindings: [],
    openConnections: ['ws-1'],
    unackedUpdates: 0,
    calm: { since: 0, until: 5_000 },
    isTimed: true,
  };
}

/** The same task under way: one subtask held, one waiting for its retry, one sent out and not heard of. */
function createMidway(): TaskDump {
  const [dump] = createGood().tasks;
  const [held, retrying] = dump!.subTasks;
  Object.assign(held!, { status: 'SCANNING', deadline: TIME });
  Object.assign(retrying!, { status: 'RETRYING', retry_due_time: TIME });
  delete retrying!.lease_id;
  dump!.task.status = 'RUNNING';
  dump!.task.settled = false;
  dump!.counters = { ...NO_TOUCHED, scanning_count: 1, retry_count: 1 };
  return { ...dump!, chunks: [{ first_index: 0, count: 3, settled: false }], subTasks: [held!, retrying!] };
}

const named = (evidence: Evidence) => [...new Set(check(evidence).violations.map(({ invariant }) => invariant))].sort();
const findFrames = ({ ledger }: Evidence) => ledger.flatMap((entry) => (entry.kind === 'frame' ? [entry] : []));
const frames = (evidence: Evidence) => findFrames(evidence).map(({ update }) => update);
/** A frame of another connection of the same subscriber, as its second subscriber got it. */
const reconnect = (evidence: Evidence, change: (update: ProgressUpdate) => unknown) => {
  const second = structuredClone(findFrames(evidence)[1]!);
  const at = evidence.ledger.findIndex((entry) => entry.kind === 'frame') + 2;
  change(second.update);
  evidence.ledger.splice(at, 0, { ...second, connection: 'ws-2' });
};

it('finds nothing in a good dump', () => {
  expect(check(createGood())).toEqual({ violations: [], confirmed: 4, lost: 0, double_counted: 0 });
});

it('continues a history after entries that were folded into one', () => {
  const evidence = createGood();
  const { task, subTasks } = evidence.tasks[0]!;
  task.status_history.splice(2, 1, { ...task.status_history[2]!, folded: 31 });
  subTasks[1]!.status_history.splice(0, 2, toStep('ASSIGNED'), { ...toStep('FAILED'), folded: 18 });
  expect(check(evidence).violations).toEqual([]);
  subTasks[1]!.status_history.splice(2, 1);
  expect(named(evidence)).toEqual(['I3', 'I4']);
});

it('distinguishes lost updates from updates counted twice', () => {
  const lost = createGood();
  Object.assign(lost.tasks[0]!.subTasks[2]!, { status: 'SCANNING' });
  lost.tasks[0]!.subTasks[2]!.status_history.pop();
  expect(check(lost)).toMatchObject({ lost: 1 });
  const doubled = createGood();
  doubled.tasks[0]!.counters.completed_count += 2;
  expect(check(doubled)).toMatchObject({ lost: 0, double_counted: 2 });
});

it('does not report as lost an update that another attempt, another lease or an end has overtaken', () => {
  const evidence = createGood();
  const claim = { kind: 'update', node_id: 'node-a', status: 'COMPLETED', confirmed: true } as const;
  evidence.ledger.push({ ...claim, subtask_id: toSubTaskId(TASK_ID, 1), attempt: 1, lease_id: 'old' });
  evidence.ledger.push({ ...claim, subtask_id: toSubTaskId(TASK_ID, 0), attempt: 1, lease_id: 'late' });
  expect(check(evidence).violations).toEqual([]);
});

it('lets a subscriber that connects again get once more what it knows', () => {
  const evidence = createGood();
  reconnect(evidence, () => undefined);
  expect(check(evidence).violations).toEqual([]);
});

it('does not check when an end was reported that may have waited for an engine', () => {
  const evidence = createGood();
  findFrames(evidence)[2]!.received_at = 9_000;
  evidence.calm = { since: 2_000, until: 10_000 };
  expect(check(evidence).violations).toEqual([]);
});

it('checks no seconds where the machine is not timed', () => {
  const evidence = createGood();
  delete evidence.isTimed;
  findFrames(evidence)[2]!.received_at = 9_000;
  evidence.tasks[0]!.task.status_history[3]!.timestamp = new Date(60_001);
  expect(check(evidence).violations).toEqual([]);
});

const findUpdate = (ledger: Evidence['ledger'], i: number) =>
  ledger.filter((entry): entry is LedgerUpdate => entry.kind === 'update')[i]!;

type Corruption = [string, string[], (evidence: Evidence) => unknown];
const corruptions: Corruption[] = [
  ['a bucket is gone', ['I1', 'I2'], ({ tasks }) => (tasks[0]!.task.progress.completed_count = 2)],
  [
    'a bucket is negative',
    ['I1', 'I2'],
    ({ tasks }) => Object.assign(tasks[0]!.task.progress, { completed_count: 4, failed_count: -1 }),
  ],
  ['the total is another', ['I1'], ({ tasks }) => (tasks[0]!.task.progress.total_targets = 4)],
  ['a counter is one too high', ['I2'], ({ tasks }) => (tasks[0]!.counters.failed_count += 1)],
  [
    'a counter is one too high for a moment',
    ['I2'],
    (evidence) => {
      evidence.midway = [createMidway()];
      evidence.midway[0]!.counters.scanning_count += 1;
    },
  ],
  [
    'the audit has put something right',
    ['I2'],
    ({ auditFindings }) =>
      auditFindings.push({ task_id: TASK_ID, summary: 'counter_drift: completed_count 4, subtasks 3' }),
  ],
  [
    'an attempt is closed twice',
    ['I3'],
    ({ tasks }) => tasks[0]!.subTasks[0]!.status_history.push(toStep('COMPLETED')),
  ],
  ['a step is left out', ['I4'], ({ tasks }) => tasks[0]!.subTasks[0]!.status_history.splice(0, 2)],
  ['the attempt does not rise', ['I4'], ({ tasks }) => (tasks[0]!.subTasks[1]!.status_history[3]!.attempt = 1)],
  ['the status is not the last of the history', ['I4'], ({ tasks }) => tasks[0]!.subTasks[1]!.status_history.pop()],
  ['an address stands twice', ['I4'], ({ tasks }) => (tasks[0]!.subTasks[1]!.ip = '127.0.0.0')],
  ['a subtask is outside of the target set', ['I4'], ({ tasks }) => (tasks[0]!.subTasks[1]!.index = 7)],
  ['the task takes an arrow that does not exist', ['I4'], ({ tasks }) => tasks[0]!.task.status_history.splice(1, 1)],
  ['a confirmed completion is in no document', ['I2', 'I5', 'I12'], ({ tasks }) => tasks[0]!.subTasks.splice(2)],
  ['a confirmed poison is no dead letter', ['I5', 'I6'], (evidence) => evidence.deadLetters.pop()],
  ['what is lost waits for no ack any more', ['I5', 'I6'], ({ tasks }) => tasks[0]!.subTasks.splice(2)],
  [
    'a confirmed update is not with the broker',
    ['I5', 'I6'],
    ({ ledger }) => Object.assign(findUpdate(ledger, 0), { taken: false }),
  ],
  [
    'what the broker took in, and nobody heard of, is in no document',
    ['I2', 'I5', 'I6', 'I12'],
    ({ ledger, tasks }) => {
      Object.assign(findUpdate(ledger, 2), { confirmed: false, taken: true });
      tasks[0]!.subTasks.splice(2);
    },
  ],
  [
    'an update that a service published is not with the broker',
    ['I5', 'I6'],
    ({ ledger }) =>
      ledger.push({
        ...findUpdate(ledger, 0),
        node_id: undefined,
        lease_id: undefined,
        status: 'CANCELLED',
        taken: false,
      }),
  ],
  [
    'what the broker took in as done was given up, and scanned again',
    ['I5', 'I6'],
    (evidence) => {
      const { ledger, tasks } = evidence;
      ledger.push({ ...findUpdate(ledger, 1), attempt: 1, lease_id: 'first', taken: true });
      tasks[0]!.subTasks[1]!.status_history[1]!.reason = 'node node-a: its node no longer lists it';
    },
  ],
  [
    'a replay changes a result',
    ['I8'],
    (evidence) => {
      evidence.replayed = createGood().tasks;
      evidence.replayed[0]!.subTasks[1]!.scan_result = { open_ports: [80], services: [], response_time: 1 };
    },
  ],
  [
    'a replay moves a counter',
    ['I8'],
    (evidence) => {
      evidence.replayed = createGood().tasks;
      evidence.replayed[0]!.counters.completed_count += 1;
    },
  ],
  [
    'a process outgrows its memory',
    ['I9'],
    ({ ledger }) => ledger.push({ kind: 'sample', what: 'rss_mb', where: 'state-updater-1', value: 301, limit: 300 }),
  ],
  [
    'a channel holds more than its prefetch',
    ['I9'],
    ({ ledger }) => ledger.push({ kind: 'sample', what: 'unacked', where: 'state-updater-1', value: 65, limit: 64 }),
  ],
  [
    'an outbox is fuller than full',
    ['I9'],
    ({ ledger }) => ledger.push({ kind: 'sample', what: 'outbox_ratio', where: 'task-api-1', value: 1.1, limit: 1 }),
  ],
  [
    'a WebSocket holds too much',
    ['I9'],
    ({ ledger }) =>
      ledger.push({ kind: 'sample', what: 'socket_bytes', where: 'progress-pusher-1', value: 65_537, limit: 65_536 }),
  ],
  [
    'a task is open after all the time that it was given',
    ['I11'],
    (evidence) => {
      Object.assign(evidence.tasks[0]!.task, { status: 'RUNNING', settled: false });
      delete evidence.calm;
    },
  ],
  [
    'a task is open a minute after the last fault',
    ['I11'],
    (evidence) => {
      Object.assign(evidence.tasks[0]!.task, { status: 'RUNNING', settled: false });
      evidence.calm = { since: 0, until: 60_001 };
    },
  ],
  [
    'nobody calls an ended task settled',
    ['I11'],
    (evidence) => {
      evidence.tasks[0]!.task.settled = false;
      evidence.calm = { since: 0, until: 60_001 };
    },
  ],
  [
    'a task ends later than a minute after the last fault',
    ['I11'],
    ({ tasks }) => (tasks[0]!.task.status_history[3]!.timestamp = new Date(60_001)),
  ],
  [
    'another node moves an attempt',
    ['I7'],
    ({ tasks }) => (tasks[0]!.subTasks[0]!.status_history[1]!.operator = 'node-b'),
  ],
  [
    'a document is completed under no reported lease',
    ['I7'],
    ({ tasks }) => (tasks[0]!.subTasks[0]!.lease_id = 'other'),
  ],
  [
    'an open port is missing in a result',
    ['I13'],
    (evidence) => {
      evidence.tasks[0]!.subTasks[0]!.scan_result = { open_ports: [], services: [], response_time: 0 };
      evidence.openPorts = { [TASK_ID]: [21_001] };
    },
  ],
  [
    'something is dead-lettered that nobody forged',
    ['I14'],
    ({ deadLetters }) => deadLetters.push('{"reason":"illegal_transition","sender":"heartbeat-monitor"}'),
  ],
  [
    'the monitor times out what a lost node held',
    ['I16'],
    ({ tasks }) => Object.assign(tasks[0]!.subTasks[1]!.status_history[1]!, { status: 'TIMEOUT' }),
  ],
  ['frames swap places', ['I10'], (evidence) => (frames(evidence)[1]!.seq = 4)],
  [
    'a count of closed subtasks falls',
    ['I10'],
    (evidence) => Object.assign(frames(evidence)[0]!.counts, { pending_count: 0, completed_count: 3 }),
  ],
  ['the first frame is no snapshot', ['I10'], (evidence) => (frames(evidence)[0]!.counts.pending_count = 1)],
  [
    'a subscriber who connects again is shown an older frame',
    ['I10'],
    (evidence) => reconnect(evidence, (update) => (update.seq = 1)),
  ],
  [
    'a subscriber that connects again is shown fewer closed subtasks',
    ['I10'],
    (evidence) => reconnect(evidence, ({ counts }) => Object.assign(counts, { pending_count: 2, completed_count: 1 })),
  ],
  ['the end is reported late', ['I10'], (evidence) => (findFrames(evidence)[2]!.received_at = 3_201)],
  ['no subscriber is there', ['I10'], (evidence) => evidence.openConnections.pop()],
  ['the end is not reported', ['I10'], (evidence) => evidence.ledger.pop()],
  ['a subscriber hears nothing', ['I10'], (evidence) => evidence.openConnections.push('ws-2')],
  [
    'the task ends twice',
    ['I12'],
    ({ tasks }) => tasks[0]!.task.status_history.push({ ...tasks[0]!.task.status_history[3]! }),
  ],
  [
    'all subtasks are closed and the task still runs',
    ['I12'],
    ({ tasks }) => {
      const { task } = tasks[0]!;
      task.status = 'RUNNING';
      task.settled = false;
      task.status_history.pop();
    },
  ],
];

/** Three scans, one after another, in the evidence that follows. */
function addScans(evidence: Evidence, max_concurrent: number, max_starts_per_second: number): LedgerUpdate[] {
  evidence.limited = { task_ids: [TASK_ID], max_concurrent, max_starts_per_second };
  const updates = evidence.ledger.filter((entry) => entry.kind === 'update');
  for (const [i, update] of updates.entries()) {
    Object.assign(update, { started_time: 5_000 * i, completed_time: 5_000 * i + 5_000 });
  }
  return updates;
}

describe('I17', () => {
  it('allows as many starts in ten seconds, and scans at once, as the limit promises', () => {
    const evidence = createGood();
    // Where the pace is less than 2, two more than ten seconds of it.
    addScans(evidence, 1, 0.1);
    expect(named(evidence)).toEqual([]);
  });

  it('is named when more scans start', () => {
    const evidence = createGood();
    const [first] = addScans(evidence, 1, 0.1);
    // Another process has begun one of them too.
    evidence.ledger.push({ ...first!, lease_id: 'other', started_time: 9_000, completed_time: 9_001 });
    expect(check(evidence).violations.map(({ what }) => what)).toContain('4 scans started in 10 s, 3 may');
  });

  it('is named when more scans run at once, but not for what a lost node held', () => {
    const evidence = createGood();
    const [, second] = addScans(evidence, 1, 9);
    second!.started_time = 4_999;
    expect(check(evidence).violations.map(({ what }) => what)).toEqual(['2 scans ran at once, 1 may']);
    second!.attempt = 1;
    evidence.ledger.push({ ...second!, attempt: 2, lease_id: 'lease-1', started_time: 5_000 });
    expect(measureLimited(evidence, evidence.limited!)).toMatchObject({ starts: 3, most_at_once: 1 });
  });
});

describe('tasks under rules', () => {
  const [IP, OTHER] = ['127.0.0.1', '127.0.0.2'] as const;
  function createRuled(ruled: Partial<RuledTasks> = {}): Evidence {
    const rules = [{ name: 'freeze', addresses: [IP], since: 10_000, until: 20_000 }];
    const planned = [{ time: TIME, tasks: 1 }];
    return {
      ...createGood(),
      ruled: { task_ids: [TASK_ID], rules, connections: [], excluded: {}, planned, ...ruled },
    };
  }
  const whatIs = (evidence: Evidence) =>
    check(evidence).violations.map(({ invariant, what }) => `${invariant} ${what}`);

  it('may begin for 2 s after a rule is in force, and from its end on', () => {
    const times = [9_000, 10_001, 12_000, 20_000];
    const connections = [...times.map((begun) => ({ address: IP, begun })), { address: OTHER, begun: 15_000 }];
    const evidence = createRuled({ connections });
    expect(whatIs(evidence)).toEqual([]);
    expect(measureRules(evidence.ruled!)).toEqual({ connections: 5, held: 1, latest_ms: 2_000 });
  });

  it('may not begin later: I17 is named', () => {
    const connections = [{ address: IP, begun: 12_001 }];
    expect(whatIs(createRuled({ connections }))).toEqual(['I17 begun 2001 ms after the rule "freeze"']);
  });

  it('are scanned after it, but for what is excluded: else I21 is named', () => {
    const evidence = createRuled({ excluded: { [TASK_ID]: 1 } });
    const [dump] = evidence.tasks;
    Object.assign(dump!.counters, { completed_count: 2, cancelled_count: 1 });
    expect(whatIs(evidence).filter((what) => what.startsWith('I21'))).toEqual([]);
    evidence.ruled = createRuled().ruled!;
    expect(whatIs(evidence)).toContain('I21 COMPLETED: 1 of 3 were not scanned, 0 are excluded');
  });

  it.each([0, 2])('have a task for each planned time: with %d of them, I22 is named', (tasks) => {
    expect(whatIs(createRuled({ planned: [{ time: TIME, tasks }] }))).toEqual([
      `I22 ${tasks} tasks for this planned time`,
    ]);
  });
});

describe('I23: the inventory', () => {
  const at = (second: number) => new Date(second * 1_000);
  /** Port 22 was open, and then closed. */
  const createInventory = (): InventoryDump => ({
    waiting: 0,
    hosts: [
      {
        ip: '127.0.0.1',
        appeared: 1,
        services: [
          { port: 22, protocol: 'tcp', state: 'closed', first_seen: at(1), last_seen: at(1), last_checked: at(60) },
        ] as InventoryDump['hosts'][number]['services'],
      },
    ],
    scans: [1, 60].map((second) => ({
      ip: '127.0.0.1',
      completed_time: at(second),
      updated_time: at(second),
      open_ports: second === 1 ? [22] : [],
      ports: '22',
    })),
  });
  const broken: [string, (inventory: InventoryDump) => unknown][] = [
    ['a batch waits', (inventory) => (inventory.waiting = 1)],
    ['a host is missing', (inventory) => inventory.hosts.pop()],
    ['a host is too much', ({ hosts }) => hosts.push({ ip: '127.0.0.2', appeared: 1, services: [] })],
    ['a scan counted twice', ({ hosts }) => (hosts[0]!.appeared = 2)],
    ['a port is missing', ({ hosts }) => hosts[0]!.services.pop()],
    ['a port is too much', ({ hosts }) => hosts[0]!.services.push({ ...hosts[0]!.services[0]!, port: 80 })],
    ['a port is open', ({ hosts }) => (hosts[0]!.services[0]!.state = 'open')],
    ['a port was seen before', ({ hosts }) => (hosts[0]!.services[0]!.first_seen = at(0))],
  ];
  it.each(broken)('is no recount of the subtasks if %s', (_, corrupt) => {
    const evidence = { ...createGood(), inventory: createInventory() };
    expect(named(evidence)).toEqual([]);
    corrupt(evidence.inventory);
    expect(named(evidence)).toEqual(['I23']);
  });
});

const lost: [string, (dump: TaskDump) => unknown][] = [
  ['what is held has no lease', ({ subTasks }) => delete subTasks[0]!.lease_id],
  ['what is held has no deadline', ({ subTasks }) => delete subTasks[0]!.deadline],
  ['a retry has no time', ({ subTasks }) => delete subTasks[1]!.retry_due_time],
  ['a chunk is settled too early', ({ chunks }) => (chunks[0]!.settled = true)],
  ['a chunk is not written down', ({ chunks }) => chunks.pop()],
];

it.each(lost)('I11: finds who is with nobody when %s', (_what, corrupt) => {
  const evidence = { ...createGood(), midway: [createMidway()] };
  expect(check(evidence).violations).toEqual([]);
  corrupt(evidence.midway[0]!);
  expect(named(evidence)).toEqual(['I11']);
});

it('does not call acked what still waits', () => {
  const evidence = createGood();
  evidence.deadLetters.pop();
  evidence.unackedUpdates = 1;
  expect(named(evidence)).toEqual(['I5']);
});

it('hashes the outcome of a task, not its times nor the order in which it is read', () => {
  const [good] = createGood().tasks;
  const [other] = createGood().tasks;
  other!.subTasks.reverse();
  for (const subTask of other!.subTasks) subTask.updated_time = new Date();
  expect(hashOutcome(other!)).toBe(hashOutcome(good!));
  other!.subTasks[0]!.attempt += 1;
  expect(hashOutcome(other!)).not.toBe(hashOutcome(good!));
});

it.each(corruptions)('names the invariant when %s', (_what, expected, corrupt) => {
  const evidence = createGood();
  corrupt(evidence);
  const found = named(evidence);
  for (const invariant of expected) expect(found).toContain(invariant);
});
