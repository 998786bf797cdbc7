import { type ClaimVerdict, decideClaim, toHolder } from './decide-claim';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const RULES = { timeoutMs: 15_000, graceMs: 20_000, appliedUntil: NOW };
const listing = (...subtask_ids: string[]) =>
  subtask_ids.map((subtask_id) => ({ subtask_id, status: 'x', progress: 0 }));
const NODE = {
  node_id: 'n',
  status: 'online',
  instance_id: 'two',
  last_seen: at(-1),
  former_instances: ['zero', 'one'],
  current_tasks: listing('t-1'),
};
const rival = (since: number, seen: number) => ({ instance_id: 'one', since: at(since), last_seen: at(seen) });
const TASK = { status: 'RUNNING', config: { subtask_timeout: 60 } };
/** Of the present process, begun, with an hour left. */
const CLAIM = {
  subtask_id: 't-1',
  assigned_instance: 'two',
  started_time: at(-100),
  deadline: at(3_600),
  updated_time: at(-60),
};
const PAST = { deadline: at(-10) };
const WAITING = { ...PAST, started_time: undefined };

interface Case {
  claim?: object;
  /** Null: it was never heard. */
  node?: object | null;
  task?: object;
  isLost?: boolean;
  missingSince?: number;
  appliedUntil?: number;
}

function decide({ claim, node = {}, task, isLost = false, missingSince, appliedUntil = 0 }: Case): ClaimVerdict {
  const facts = {
    holder: node === null ? undefined : toHolder({ ...NODE, ...node } as never),
    isLost,
    task: task && { ...TASK, ...task },
    missingSince: missingSince === undefined ? undefined : at(missingSince),
  };
  return decideClaim({ ...CLAIM, ...claim }, facts as never, { ...RULES, appliedUntil: at(appliedUntil) }, NOW);
}

const offline = { status: 'offline' };
const goodbye = (seconds: number) => ({ ...offline, said_goodbye: true, last_seen: at(seconds) });
const silent = { last_seen: at(-16) };

it.each<[string, Case, string | undefined]>([
  ['a node that lives', {}, undefined],
  ['a node that was never heard', { node: null, claim: { updated_time: at(-16) } }, 'unheard'],
  ['a node that was never heard, reported lately', { node: null, claim: { updated_time: at(-14) } }, undefined],
  ['an offline node', { node: offline }, 'offline'],
  [
    'an offline node, by a living rival',
    { node: { ...offline, rivals: [rival(-60, -1)] }, claim: { assigned_instance: 'one' } },
    undefined,
  ],
  [
    'an offline node, by an unknown process, reported lately',
    { node: offline, claim: { assigned_instance: 'new', updated_time: at(-14) } },
    undefined,
  ],
  ['an offline node, by an unknown process', { node: offline, claim: { assigned_instance: 'new' } }, 'offline'],
  [
    'a silent node, by an unknown process, reported lately',
    { node: silent, isLost: true, claim: { assigned_instance: 'new', updated_time: at(-14) } },
    undefined,
  ],
  ['a node that just said goodbye', { node: goodbye(-4) }, undefined],
  ['a node that said goodbye 5 s ago', { node: goodbye(-5) }, 'left'],
  ['a silent node', { node: silent, isLost: true }, 'silent'],
  ['a silent node that the circuit breaker keeps', { node: silent, claim: PAST }, undefined],
  ['a silent node that was heard meanwhile', { isLost: true }, undefined],
  ['a silent node, past its deadline', { node: silent, isLost: true, claim: PAST }, 'silent'],
  ['a former process', { claim: { assigned_instance: 'one' } }, 'restarted'],
  ['a former process, reported lately', { claim: { assigned_instance: 'one', updated_time: at(-4) } }, undefined],
  ['a former process, past its deadline', { claim: { ...PAST, assigned_instance: 'one' } }, 'restarted'],
  [
    'a former process that lives',
    { node: { rivals: [rival(-60, -1)] }, claim: { assigned_instance: 'one' } },
    undefined,
  ],
  ['an unknown process, reported lately', { claim: { assigned_instance: 'new', updated_time: at(-14) } }, undefined],
  ['an unknown process', { claim: { assigned_instance: 'new', updated_time: at(-16) } }, 'restarted'],
  ['no process in particular', { claim: { assigned_instance: undefined } }, undefined],
  [
    'any process of a node that names none',
    { node: { instance_id: 'n' }, claim: { assigned_instance: 'one' } },
    undefined,
  ],
])('says whether the process is gone: a claim of %s', (_, facts, reason) => {
  expect(decide(facts)).toEqual(reason ? { kind: 'lost', reason } : { kind: 'keep' });
});

it.each<[string, Case, 'timed_out' | 'keep' | Date]>([
  ['begun, its process heard since', { claim: PAST }, 'timed_out'],
  ['begun, its process not heard since', { claim: PAST, node: { last_seen: at(-11) } }, 'keep'],
  ['begun, of a paused task', { claim: PAST, task: { status: 'PAUSED' } }, 'timed_out'],
  ['begun, past its deadline later than updates are applied', { claim: PAST, appliedUntil: -10 }, 'keep'],
  ['not begun', { claim: WAITING, task: {} }, 'timed_out'],
  ['not begun, of an ended task', { claim: WAITING }, 'timed_out'],
  ['not begun, of a paused task', { claim: WAITING, task: { status: 'PAUSED' } }, at(65)],
  ['not begun, of a held task', { claim: WAITING, task: { hold: {} } }, at(65)],
  ['not begun, of a task paused again', { claim: WAITING, task: { status: 'PAUSED', resumed_time: at(-900) } }, at(65)],
  ['not begun, of a task resumed lately', { claim: WAITING, task: { resumed_time: at(-50) } }, at(15)],
  ['not begun, of a task resumed one deadline ago', { claim: WAITING, task: { resumed_time: at(-65) } }, 'timed_out'],
  [
    'held by a living rival',
    { claim: { ...PAST, assigned_instance: 'one' }, node: { rivals: [rival(-30, -1)] } },
    'timed_out',
  ],
  [
    'held by a rival that was heard only once',
    { claim: { ...PAST, assigned_instance: 'one' }, node: { rivals: [rival(-1, -1)] } },
    'keep',
  ],
  [
    'held by a rival heard only before',
    { claim: { ...PAST, assigned_instance: 'one' }, node: { rivals: [rival(-30, -11)] } },
    'keep',
  ],
  [
    'whose node has a full list',
    { claim: PAST, node: { current_tasks: Array(10_000).fill({ subtask_id: 'x' }) } },
    'timed_out',
  ],
])('a claim past its deadline, %s', (_, facts, expected) => {
  expect(decide(facts)).toEqual(expected instanceof Date ? { kind: 'put_off', until: expected } : { kind: expected });
});

const unlisted = { current_tasks: [] };
it.each<[string, Case, ClaimVerdict]>([
  ['from now on', { node: unlisted }, { kind: 'missing', since: NOW }],
  ['past its deadline: it was reported', { node: unlisted, claim: PAST }, { kind: 'missing', since: NOW }],
  ['for less than the grace', { node: unlisted, missingSince: -20 }, { kind: 'missing', since: at(-20) }],
  ['for the grace', { node: unlisted, missingSince: -21 }, { kind: 'lost', reason: 'zombie' }],
  [
    'for the grace, with no heartbeat since',
    { node: { ...unlisted, last_seen: at(-2) }, missingSince: -21 },
    { kind: 'missing', since: at(-21) },
  ],
  [
    'for the grace, while its report may wait',
    { node: unlisted, missingSince: -21, appliedUntil: -22 },
    { kind: 'missing', since: at(-21) },
  ],
  [
    'of another process',
    { node: { ...unlisted, rivals: [rival(-60, -1)] }, claim: { assigned_instance: 'one' }, missingSince: -60 },
    { kind: 'keep' },
  ],
  [
    'of a node with a full list',
    { node: { current_tasks: Array(10_000).fill({ subtask_id: 'x' }) }, missingSince: -60 },
    { kind: 'keep' },
  ],
])('a claim that its node does not list %s', (_, facts, verdict) => {
  expect(decide(facts)).toEqual(verdict);
});
