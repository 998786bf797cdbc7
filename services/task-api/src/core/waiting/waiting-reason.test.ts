import {
  type LimitNumbers,
  NO_TOUCHED,
  type Progress,
  WAITING_CODES,
  type WaitingReason,
  waitingReasonSchema,
} from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask, SUBTASK_STATUSES, TASK_STATUSES } from '@cyberstroll/state-machine';
import { toProgress } from '@cyberstroll/task-state';
import { type FullLimit, findFullLimit, toLimitReason } from './full-limit';
import type { ListedNode, WaitingContext } from './pool-state';
import { type SubTaskFacts, toSubTaskWaitingReason } from './subtask-waiting-reason';
import { type TaskFacts, toTaskWaitingReason } from './task-waiting-reason';

const NOW = new Date('2026-01-31T12:00:00.000Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

const node = (status: ListedNode['status'], changes: Partial<ListedNode> = {}): ListedNode => ({
  node_id: 'node-1',
  status,
  capacity: 4,
  pools: ['edge'],
  last_seen: after(-2),
  ...changes,
});

const FLEETS = {
  none: [],
  elsewhere: [node('online', { pools: ['default'] })],
  offline: [node('offline', { last_seen: after(-60) })],
  silent: [node('online', { last_seen: after(-16) })],
  draining: [node('draining')],
  unable: [node('online', { methods: ['connect'] }), node('online', { pools: ['default'] })],
  'able but silent': [
    node('busy', { methods: ['connect'] }),
    node('online', { node_id: 'node-2', methods: ['connect', 'nmap'], last_seen: after(-16) }),
  ],
  free: [node('online'), node('busy', { node_id: 'node-2' })],
  full: [node('busy'), node('draining', { node_id: 'node-2' })],
} satisfies Record<string, ListedNode[]>;
type FleetName = keyof typeof FLEETS;

const aroundWith = (fleet: FleetName, broker: WaitingContext['broker'] = 'up'): WaitingContext => ({
  nodes: FLEETS[fleet],
  tasksByPool: new Map([['edge', 3]]),
  broker,
  now: NOW,
});

const toTask = (changes: Partial<TaskFacts> = {}): TaskFacts => ({
  status: 'RUNNING',
  status_history: [
    { status: 'PAUSED', timestamp: after(-900), reason: 'an older pause', operator: 'olga' },
    { status: 'RUNNING', timestamp: after(-600), reason: 'on', operator: 'olga' },
    { status: 'PAUSED', timestamp: after(-300), reason: 'night shift', operator: 'otto' },
  ],
  created_time: after(-1_000),
  cursor: 8,
  config: { pool: 'edge' } as TaskFacts['config'],
  scan: { ports: '22', method: 'nmap' },
  ...changes,
});

const progressOf = (counts: Partial<Progress>): Progress => toProgress(16, { ...NO_TOUCHED, ...counts }, false);
const NOTHING_TOUCHED = progressOf({});
const RETRIES_LEFT = progressOf({ completed_count: 14, retry_count: 2 });

describe('toTaskWaitingReason', () => {
  it.each<[string, FleetName, Partial<TaskFacts>, Progress, string | undefined, string?]>([
    ['CREATED', 'none', { status: 'CREATED' }, NOTHING_TOUCHED, 'not_queued', '16 min 40 s after its creation'],
    [
      'PAUSED',
      'free',
      { status: 'PAUSED' },
      NOTHING_TOUCHED,
      'paused',
      'by otto since 2026-01-31T11:55:00.000Z: night shift',
    ],
    ['no node', 'none', {}, NOTHING_TOUCHED, 'no_node_in_pool', 'pool "edge"'],
    ['nodes of another pool', 'elsewhere', {}, NOTHING_TOUCHED, 'no_node_in_pool', 'pool "edge"'],
    ['draining nodes', 'draining', {}, NOTHING_TOUCHED, 'no_node_in_pool', '1 node of pool "edge" is draining'],
    [
      'nodes of other methods',
      'unable',
      {},
      NOTHING_TOUCHED,
      'no_node_for_method',
      'no node of pool "edge" takes nmap scans; 1 node of the pool takes other work',
    ],
    ['a silent node of the method', 'able but silent', {}, NOTHING_TOUCHED, 'no_node_for_method'],
    ['its method', 'unable', { scan: { ports: '22', method: 'connect' } }, NOTHING_TOUCHED, 'pending_dispatch'],
    ['offline nodes', 'offline', {}, NOTHING_TOUCHED, 'nodes_silent', 'the last heartbeat came 1 min ago'],
    ['silent nodes', 'silent', {}, NOTHING_TOUCHED, 'nodes_silent', 'the node of pool "edge"'],
    ['scanned by silent nodes', 'silent', {}, progressOf({ scanning_count: 3 }), 'nodes_silent'],
    [
      'a full fleet',
      'full',
      {},
      NOTHING_TOUCHED,
      'fleet_busy',
      'all 4 slots of pool "edge" are taken; 3 tasks share it',
    ],
    ['assigned at a full fleet', 'full', {}, progressOf({ assigned_count: 2 }), 'fleet_busy'],
    ['scanned at a full fleet', 'full', {}, progressOf({ scanning_count: 1 }), undefined],
    ['scanned by draining nodes', 'draining', {}, progressOf({ scanning_count: 1 }), undefined],
    ['assigned', 'free', {}, progressOf({ assigned_count: 1 }), undefined],
    ['targets to send', 'free', {}, NOTHING_TOUCHED, 'pending_dispatch', '8 targets'],
    ['QUEUED', 'free', { status: 'QUEUED', cursor: 0 }, NOTHING_TOUCHED, 'pending_dispatch', '16 targets'],
    ['all sent', 'free', { cursor: 16 }, NOTHING_TOUCHED, 'sent_to_queue', '16 targets sent to the queue'],
    ['all closed', 'none', {}, progressOf({ completed_count: 16 }), 'finishing'],
  ])('%s', (_name, fleet, task, progress, code, text = '') => {
    const reason = toTaskWaitingReason({ task: toTask(task), progress, ...aroundWith(fleet) });
    expect(reason?.code).toBe(code);
    expect(reason?.message ?? '').toContain(text);
  });

  it.each<[string, FleetName, Date | undefined, string | undefined]>([
    ['not due yet', 'free', after(30), 'retries_backoff'],
    ['not due yet at a full fleet', 'full', after(30), 'retries_backoff'],
    ['due', 'free', after(-1), 'retries_backoff'],
    ['due at a full fleet', 'full', after(-1), 'fleet_busy'],
    ['held by nodes', 'free', undefined, undefined],
    ['held by a full fleet', 'full', undefined, 'fleet_busy'],
    ['without nodes', 'none', after(30), 'no_node_in_pool'],
    ['without a node of the method', 'unable', after(-1), 'no_node_for_method'],
  ])('only retries left, %s', (_name, fleet, nextRetry, code) => {
    const reason = toTaskWaitingReason({ task: toTask(), progress: RETRIES_LEFT, nextRetry, ...aroundWith(fleet) });
    expect(reason?.code).toBe(code);
    if (code === 'retries_backoff') expect(reason?.until).toBe(nextRetry?.toISOString());
  });

  const IN_EACH = { max_concurrent: 3, ipv4_length: 24, ipv6_length: 64 };
  it.each<[string, LimitNumbers, FullLimit['state'], string]>([
    ['in each prefix', { per_prefix: IN_EACH }, {}, 'allows 3 at once in each prefix, and as many are sent out in p9'],
    ['at once', { max_concurrent: 4 }, {}, 'the limit of pool edge allows 4 at once'],
    ['per second', { max_starts_per_second: 9 }, { next_start: after(2) }, 'allows 9 starts per second'],
  ])('names the limit that holds it back: %s', (_name, numbers, state, text) => {
    const use = { outstanding: 4, not_begun: 0, prefixes: new Map([['p9', 3]]) };
    const locate = (_taskId: string, index: number) => (index === 0 ? undefined : `p${index}`);
    const stored = { limit_id: '5', covers: { pool: 'edge' }, operator: 'otto', created_time: NOW };
    const limits = [{ key: '5', numbers, use, state, stored, locate, tasks: new Set(['t']) }];
    const full = findFullLimit(limits, { taskId: 't', index: 9 }, NOW);
    expect(findFullLimit(limits, { taskId: 't', index: 0 }, NOW)).toBeUndefined();
    expect(findFullLimit(limits, { taskId: 'another' }, NOW)).toBeUndefined();
    const around = { full, ...aroundWith('free') };
    const reason = { code: 'limit', limit_id: '5', message: expect.stringContaining(text) };
    expect(toTaskWaitingReason({ task: toTask(), progress: NOTHING_TOUCHED, ...around })).toMatchObject(reason);
    const subTask = toSubTask({ index: 9 });
    expect(toSubTaskWaitingReason({ task: toTask(), subTask, ...around })).toMatchObject(reason);
    const sent = toSubTask({ index: 7 });
    expect(toSubTaskWaitingReason({ task: toTask(), subTask: sent, ...around })?.code).toBe('sent_to_queue');
  });

  it('says until when a limit with windows counts', () => {
    const until = after(3_600);
    const numbers = { max_concurrent: 4 };
    const use = { outstanding: 4, not_begun: 0 };
    const full = { key: 't', numbers, use, state: {}, tasks: new Set(['t']), until };
    const reason = { message: expect.stringContaining('it counts until'), until: until.toISOString() };
    expect(toLimitReason(full)).toMatchObject(reason);
  });

  it('says that a task stays open for an operator’s retries', () => {
    const task = toTask({ end_hold: { retries: 3, until: after(40) } });
    const progress = progressOf({ completed_count: 16 });
    expect(toTaskWaitingReason({ task, progress, ...aroundWith('free') })).toMatchObject({
      code: 'finishing',
      until: after(40).toISOString(),
    });
  });

  it('ignores a hold that has ended', () => {
    const task = toTask({ end_hold: { retries: 3, until: after(-1) } });
    const reason = toTaskWaitingReason({ task, progress: progressOf({ completed_count: 16 }), ...aroundWith('free') });
    expect(reason).toMatchObject({ code: 'finishing', sentence: { code: 'about_to_end' } });
  });

  it('says that RabbitMQ has an alarm', () => {
    const around = aroundWith('free', 'blocked');
    expect(toTaskWaitingReason({ task: toTask(), progress: NOTHING_TOUCHED, ...around })).toMatchObject({
      code: 'dependency_down',
      message: expect.stringContaining('alarm'),
    });
  });

  it.each<[FleetName, Partial<TaskFacts>, Progress, string | undefined]>([
    ['silent', {}, NOTHING_TOUCHED, 'dependency_down'],
    ['silent', {}, progressOf({ scanning_count: 1 }), 'dependency_down'],
    ['free', {}, progressOf({ scanning_count: 1 }), undefined],
    ['free', { status: 'CREATED' }, NOTHING_TOUCHED, 'dependency_down'],
    ['free', { status: 'PAUSED' }, NOTHING_TOUCHED, 'paused'],
  ])('without RabbitMQ: %s %j', (fleet, task, progress, code) => {
    expect(toTaskWaitingReason({ task: toTask(task), progress, ...aroundWith(fleet, 'down') })?.code).toBe(code);
  });
});

const toSubTask = (changes: Partial<SubTaskFacts>): SubTaskFacts => ({
  status: 'PENDING',
  index: 3,
  created_time: after(-1_000),
  ...changes,
});
const HELD = { lease_id: 'lease', assigned_node: 'node-1', assigned_time: after(-5), deadline: after(100) };

describe('toSubTaskWaitingReason', () => {
  it.each<[string, FleetName, Partial<TaskFacts>, Partial<SubTaskFacts>, string | undefined, (Date | 'never')?]>([
    ['PENDING of a CREATED task', 'none', { status: 'CREATED', cursor: 0 }, {}, 'not_queued'],
    ['PENDING of a paused task', 'none', { status: 'PAUSED' }, {}, 'task_paused'],
    ['PENDING of an ended task', 'free', { status: 'FAILED' }, {}, 'task_ended'],
    ['PENDING without nodes', 'none', {}, {}, 'no_node_in_pool'],
    ['PENDING without a node of the method', 'unable', {}, { index: 7 }, 'no_node_for_method'],
    ['PENDING with silent nodes', 'silent', {}, {}, 'nodes_silent'],
    ['PENDING, sent', 'free', {}, { index: 7 }, 'sent_to_queue'],
    ['PENDING, sent to a full fleet', 'full', {}, { index: 7 }, 'sent_to_queue'],
    ['PENDING, not sent', 'free', {}, { index: 8 }, 'pending_dispatch'],
    ['PENDING, not sent, full fleet', 'full', {}, { index: 8 }, 'fleet_busy'],
    ['ASSIGNED', 'free', {}, { status: 'ASSIGNED', ...HELD }, 'assigned_waiting_slot', HELD.deadline],
    ['ASSIGNED of a paused task', 'free', { status: 'PAUSED' }, { status: 'ASSIGNED', ...HELD }, 'task_paused'],
    ['ASSIGNED to a silent node', 'silent', {}, { status: 'ASSIGNED', ...HELD }, 'node_silent', after(-1)],
    ['SCANNING', 'full', {}, { status: 'SCANNING', ...HELD }, undefined],
    ['SCANNING of a paused task', 'free', { status: 'PAUSED' }, { status: 'SCANNING', ...HELD }, undefined],
    ['SCANNING on a draining node', 'draining', {}, { status: 'SCANNING', ...HELD }, undefined],
    ['SCANNING on an offline node', 'offline', {}, { status: 'SCANNING', ...HELD }, 'node_silent', after(-45)],
    ['SCANNING on a node never heard', 'none', {}, { status: 'SCANNING', ...HELD }, 'node_silent', after(10)],
    ['SCANNING of an ended task', 'free', { status: 'CANCELLED' }, { status: 'SCANNING', ...HELD }, 'task_ended'],
    ['RETRYING, not due', 'none', {}, { status: 'RETRYING', retry_due_time: after(9) }, 'retry_backoff', after(9)],
    ['RETRYING, due', 'full', {}, { status: 'RETRYING', retry_due_time: after(-1) }, 'retry_backoff', after(-1)],
    ['RETRYING, due, without nodes', 'none', {}, { status: 'RETRYING', retry_due_time: after(-1) }, 'no_node_in_pool'],
    [
      'RETRYING, sent',
      'full',
      {},
      { status: 'RETRYING', retry_due_time: after(50), retry_sent_time: after(-10) },
      'retry_sent',
      after(50),
    ],
    [
      'RETRYING of a paused task',
      'free',
      { status: 'PAUSED' },
      { status: 'RETRYING', retry_due_time: after(9) },
      'task_paused',
    ],
    ['RETRYING, held', 'free', {}, { status: 'RETRYING', ...HELD }, 'assigned_waiting_slot', HELD.deadline],
    ['RETRYING, held by a silent node', 'silent', {}, { status: 'RETRYING', ...HELD }, 'node_silent', after(-1)],
    [
      'RETRYING where the node might not scan',
      'free',
      {},
      {
        status: 'RETRYING',
        retry_due_time: after(9),
        error_info: { error_code: 'OUT_OF_SCOPE', error_message: '', error_time: NOW },
      },
      'out_of_scope',
      after(9),
    ],
  ])('%s', (_name, fleet, task, subTask, code, until = 'never') => {
    const reason = toSubTaskWaitingReason({ task: toTask(task), subTask: toSubTask(subTask), ...aroundWith(fleet) });
    expect(reason?.code).toBe(code);
    expect(reason?.until).toBe(until === 'never' ? undefined : until.toISOString());
  });
});

/** Every case there is, by walking through all combinations: more than a random search would see. */
describe('nothing unfinished lacks an owner, a queue entry or a retry time', () => {
  const fleets = Object.keys(FLEETS) as FleetName[];
  const surroundings = fleets.flatMap((fleet) =>
    (['up', 'blocked', 'down'] as const).map((broker) => aroundWith(fleet, broker)),
  );
  const isHeard = ({ nodes }: WaitingContext, pool?: string) =>
    nodes.some(
      ({ status, last_seen, pools }) =>
        status !== 'offline' && last_seen >= after(-15) && (pool === undefined || pools.includes(pool)),
    );

  /** All ways to take one of each list. */
  const combine = <Lists extends readonly (readonly unknown[])[]>(...lists: Lists) =>
    lists.reduce<unknown[][]>((ways, list) => ways.flatMap((way) => list.map((item) => [...way, item])), [[]]) as {
      [Place in keyof Lists]: Lists[Place][number];
    }[];

  /** Whether a reason breaks the schema, or its code belongs to the other kind. */
  const isInvalid = (reason: WaitingReason, of: 'task' | 'subtask') =>
    !waitingReasonSchema.safeParse(reason).success || ![of, 'both'].includes(WAITING_CODES[reason.code].of);

  it('of tasks', () => {
    const counts = combine([0, 1], [0, 1], [0, 1], [0, 8, 13]).map(
      ([assigned_count, scanning_count, retry_count, completed_count]) =>
        progressOf({ assigned_count, scanning_count, retry_count, completed_count }),
    );
    const cases = combine(
      TASK_STATUSES,
      [0, 8, 16],
      [...counts, progressOf({ completed_count: 16 }), RETRIES_LEFT],
      [undefined, after(-1), after(30)],
      surroundings,
    );
    const wrong = cases.filter(([status, cursor, progress, nextRetry, around]) => {
      const reason = toTaskWaitingReason({ task: toTask({ status, cursor }), progress, nextRetry, ...around });
      if (isEndedTask(status)) return reason !== undefined;
      if (reason) return isInvalid(reason, 'task');
      // It continues: nodes of its pool that are heard hold something of it.
      const held = progress.assigned_count + progress.scanning_count + (nextRetry ? 0 : progress.retry_count);
      return held === 0 || !isHeard(around, 'edge');
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(20_000);
  });

  it('of subtasks', () => {
    const cases = combine(
      SUBTASK_STATUSES,
      TASK_STATUSES,
      [7, 8],
      [{}, HELD, { ...HELD, assigned_node: 'unknown' }],
      [{}, { retry_due_time: after(-1) }, { retry_due_time: after(30) }],
      [{}, { retry_sent_time: after(-5) }],
      surroundings,
    );
    const wrong = cases.filter(([status, taskStatus, index, holder, due, sent, around]) => {
      const subTask = toSubTask({ status, index, ...holder, ...due, ...sent });
      const reason = toSubTaskWaitingReason({ task: toTask({ status: taskStatus }), subTask, ...around });
      if (isClosedSubTask(status)) return reason !== undefined;
      if (reason) return isInvalid(reason, 'subtask');
      // It continues: it is scanned, of a task that has not ended, by a node that is heard.
      const lost = subTask.lease_id !== undefined && (subTask.assigned_node !== 'node-1' || !isHeard(around));
      return status !== 'SCANNING' || isEndedTask(taskStatus) || lost;
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(20_000);
  });
});
