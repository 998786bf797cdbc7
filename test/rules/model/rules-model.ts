/**
 * One address of one task, one rule that begins and ends, the sender, the publisher, the recall, and one node. The
 * gate, the holds, the clock of the node and the search for what was lost are those of the services. The steps around
 * them are written down here.
 *
 * A tick is a second. Between any two steps any number of ticks may pass, so any process may be slow, stalled, or
 * silent. Times are kept as ticks from now, up to `OLD`: so the states are finite, and an end that can be reached is a
 * real one. A process that dies stops between two steps; the next one knows nothing of what it knew. A publisher may
 * also stall before its last step: another one leads, and the old one says later what it had to say. Control messages
 * arrive in their order, at any time; all that are on their way are lost when the node is cut off or dies.
 *
 * One thing is assumed: of the first `repeated` that a process of a node hears, the time is of the same tick. The node
 * has nothing else to compare its clock with, so a later one is left out.
 */
import { KNOWN_FOR_MS, type ScanWindow } from '@cyberstroll/contracts';
import { type FreezeRule, findHold, type GateFacts } from '@cyberstroll/task-state';
import type { Model } from '../../../packages/task-state/test/model/explore';
import type { Decisions } from './decisions';
import { createNodeClocks } from './node-clock';

export type RuleKind = 'pause' | 'freeze' | 'blackout' | 'window';

export interface RulesBounds {
  /** Processes that die or stall, and connections that are lost. */
  failures: number;
  /** How often a pause or a freeze begins. */
  rules: number;
}

const TICK_MS = 1_000;
const KNOWN_FOR = KNOWN_FOR_MS / TICK_MS;
/** Between two passes of the publisher that repeat everything. */
const WHOLE = 2;
/** What is older is this old. */
const OLD = 3;
const NEVER = -1;

/** Of the rule. */
const PLANNED = 0;
const IN_FORCE = 1;
const OVER = 2;
/** Ticks from the beginning to that of a planned rule, and for which it lasts. */
const BEGINS_IN = 2;
const LASTS = 3;

/**
 * Of the ledger: it has nothing of the address; it was written down; the cursor is past it; it waits to be sent again.
 */
const UNSENT = 0;
const WRITTEN = 1;
const SENT = 2;
const WAITING = 3;

/** Of a message: what it says, how old its time is, and its `within_ms` in ticks. */
const PAUSED = 1;
const RUNNING = 2;
const REPEATED = 3;
const toMessage = (kind: number, age = 0, within = 0) => kind | (age << 2) | (within << 5);
const kindOf = (message: number) => message & 3;
const ageOf = (message: number) => (message >> 2) & 7;
const withinOf = (message: number) => message >> 5;
const HEARD = ['', 'paused', 'running', 'repeated'].map((what) => `the node hears ${what}`);

/** A job, by when it may no longer begin: at any time, or in `left` ticks. */
const NO_JOB = 0;
const ANY_TIME = 1;
const toJob = (left: number) => (left > OLD ? ANY_TIME : 2 + Math.max(0, left));
const leftOf = (job: number) => job - 2;

const MESSAGES = ['message1', 'message2'] as const;
const FIELDS = [
  'rule',
  /** Ticks since the rule is what it is. */
  'ruleAge',
  'rulesBegun',
  'failures',
  /** A hold is written on the task. */
  'isHeld',
  /** Ticks since it was resumed or released. */
  'resumed',
  'ledger',
  /** Ticks since it was written down or sent. */
  'dispatched',
  /** Of the sender: its next step, and the job that it may send. */
  'sender',
  'senderJob',
  'queue',
  /** Of the publisher: its next step, ticks since it read the clock, and what it found. */
  'publisher',
  'passAge',
  'isWhole',
  'wasResumed',
  'isStopped',
  /** Ticks since everything was repeated, and what was said then or later. */
  'whole',
  'saidStopped',
  'saidRule',
  /** Of a publisher that leads no more: what it has to say. */
  'staleStop',
  'staleRepeated',
  /** On their way to the node. */
  ...MESSAGES,
  /** Of the node: for how many ticks it listens, whether it has heard everything since, and for how long it knows. */
  'listening',
  'isComplete',
  'knowsFor',
  /** By how many ticks its clock of the server is late. */
  'late',
  'isPaused',
  'claim',
  'isDone',
] as const;
type World = Record<(typeof FIELDS)[number], number>;
type Change = Partial<World>;

const INITIAL: Change = { resumed: NEVER, whole: OLD, listening: OLD, isComplete: 1, knowsFor: KNOWN_FOR };
/** Nothing is on its way, and what was heard is not all any more. */
const UNHEARD: Change = { message1: 0, message2: 0, isComplete: 0, knowsFor: 0 };
const NO_SENDER: Change = { sender: 0, senderJob: 0 };
const NO_PASS: Change = { publisher: 0, passAge: 0, isWhole: 0, wasResumed: 0, isStopped: 0 };
const NEW_PUBLISHER: Change = { ...NO_PASS, whole: OLD, saidStopped: 0, saidRule: 0 };

/** Planned rules begin at this time. */
const BEGINNING = Date.UTC(2026, 10, 28, 12);
const toTime = (ticks: number) => new Date(BEGINNING + ticks * TICK_MS);
const WINDOWS: ScanWindow[] = [
  { days: ['sat'], from: '11:00', to: '12:00', time_zone: 'UTC' },
  { days: ['sat'], from: '12:10', to: '13:00', time_zone: 'UTC' },
];
/** Windows have minutes: the ticks between the end of the rule and this time are left out. */
const REOPENS_IN = 600;

export function createRulesModel(kind: RuleKind, decisions: Decisions, bounds: RulesBounds): Model {
  const isPlanned = kind === 'blackout' || kind === 'window';
  const toClock = createNodeClocks(decisions, { tickMs: TICK_MS, old: OLD });
  const next = new Int32Array(FIELDS.length);
  const world = {} as World;
  const facts: GateFacts = {
    status: 'RUNNING',
    config: { pool: 'default', ...(kind === 'window' && { windows: WINDOWS }) },
    labels: [],
    target_ranges: [],
  };

  function readTime(): Date {
    const { rule, ruleAge } = world;
    if (!isPlanned || rule === IN_FORCE) return toTime(ruleAge);
    if (rule === PLANNED) return toTime(ruleAge - BEGINS_IN);
    return toTime(ruleAge + (kind === 'blackout' ? LASTS : REOPENS_IN));
  }

  /** The freezes that are stored now. */
  function findRules(): FreezeRule[] {
    const rule: FreezeRule = {
      freeze_id: 'f',
      kind: 'freeze',
      covers: { all: true },
      reason: '',
      operator: 'jane',
      from: toTime(0),
    };
    if (kind === 'blackout') return [{ ...rule, kind, until: toTime(LASTS) }];
    return kind === 'freeze' && world.rule === IN_FORCE ? [rule] : [];
  }

  /** Whether the task is held, and what the gate says. */
  const known = new Map<number, { isHeld: boolean; mayBegin: boolean; job: number }>();
  function ask() {
    const { rule, ruleAge } = world;
    const key = rule * 16 + ruleAge;
    let answer = known.get(key);
    if (!answer) {
      const task: GateFacts = { ...facts, status: kind === 'pause' && rule === IN_FORCE ? 'PAUSED' : 'RUNNING' };
      const [freezes, now] = [findRules(), readTime()];
      const gate = decisions.askGate(task, { freezes }, now);
      const until = gate.mayBegin ? gate.until : undefined;
      const job = until ? toJob((until.getTime() - now.getTime()) / TICK_MS) : ANY_TIME;
      answer = { isHeld: findHold(task, freezes, now) !== undefined, mayBegin: gate.mayBegin, job };
      known.set(key, answer);
    }
    return answer;
  }

  const recalls = new Map<number, boolean>();
  function isRecalled(): boolean {
    const { dispatched, resumed, queue } = world;
    const depth = Number(queue !== NO_JOB);
    const key = (dispatched * 16 + resumed + 1) * 2 + depth;
    let is = recalls.get(key);
    if (is === undefined) {
      const task = { task_id: 't', config: facts.config, scan: { method: 'connect' }, cursor: 1 };
      const tasks = [{ ...task, ...(resumed !== NEVER && { resumed_time: toTime(-resumed) }) }];
      const chunks = [{ task_id: 't', first_index: 0, count: 1, dispatched_time: toTime(-dispatched) }];
      const pools = new Map([['default', { depth, lastGiven: undefined, heldMs: new Map([['connect', 0]]) }]]);
      const limits = { settleAfterMs: TICK_MS, resendAfterMs: TICK_MS };
      const found = decisions.findLeftQueue({ tasks, chunks, pools, now: toTime(0) }, limits);
      is = found.some(({ reason }) => reason !== undefined);
      recalls.set(key, is);
    }
    return is;
  }

  /** The publisher writes the hold. Windows are looked at where everything is repeated, new freezes each time. */
  function applyRules(isWhole: boolean): Change {
    const { isHeld, saidRule, resumed } = world;
    const { isHeld: holds } = ask();
    const isRule = holds && kind !== 'window';
    const said = { publisher: 1, isWhole: Number(isWhole), saidRule: Number(isRule) };
    if (!isWhole && (!isRule || saidRule)) return said;
    const released = isHeld && !holds ? 0 : resumed;
    return { ...said, isHeld: Number(holds), resumed: released, wasResumed: Number(isWhole && released !== NEVER) };
  }

  function load(state: Int32Array): void {
    for (let i = 0; i < FIELDS.length; i++) world[FIELDS[i]!] = state[i]!;
  }

  return {
    words: FIELDS.length,
    initial: Int32Array.from(FIELDS, (field) => INITIAL[field] ?? 0),
    findFault: () => undefined,
    /** A pause or a freeze may last for ever. */
    isEnd(state) {
      load(state);
      return world.isDone === 1 || (!isPlanned && world.rule === IN_FORCE);
    },
    expand(state, visit) {
      load(state);
      if (world.isDone) return;
      const { rule, ruleAge, sender, ledger, queue, publisher, claim, failures, message1 } = world;
      const take = (action: string, change: Change, isOwn: boolean, fault?: string) => {
        next.set(state);
        for (const field in change) next[PLACES[field as keyof World]] = change[field as keyof World]!;
        visit(next, action, isOwn, fault);
      };
      const step = (action: string, change: Change, fault?: string) => take(action, change, true, fault);
      const fail = (action: string, change: Change) => {
        if (failures < bounds.failures) take(action, { ...change, failures: failures + 1 }, false);
      };
      const isOn = rule === IN_FORCE;
      const isPausedNow = kind === 'pause' && isOn;

      step('a second passes', toNextTick(world, isPlanned));
      if (!isPlanned && !isOn && world.rulesBegun < bounds.rules) {
        take('jane stops it', { rule: IN_FORCE, ruleAge: 0, rulesBegun: world.rulesBegun + 1 }, false);
      }
      if (!isPlanned && isOn) {
        take('jane lifts it', { rule: OVER, ruleAge: 0, ...(kind === 'pause' && { resumed: 0 }) }, false);
      }

      if (sender === 0 && ledger !== SENT) {
        const { mayBegin, job } = ask();
        if (mayBegin) step('the sender asks the gate', { sender: 1, senderJob: job });
      }
      // What was recalled counts as sent from here on. What was not sent yet is found by the next pass.
      const claimed = ledger === WAITING ? SENT : WRITTEN;
      if (sender === 1) step('the sender writes it down', { sender: 2, ledger: claimed, dispatched: 0 });
      if (sender === 2 && queue === NO_JOB) {
        step('the sender sends it', { ...NO_SENDER, queue: world.senderJob, ledger: SENT });
      }
      if (sender !== 0) fail('the sender dies', NO_SENDER);

      // Two ticks may be less than two seconds, or more.
      if (publisher === 0 && world.whole >= WHOLE) step('the publisher applies all rules', applyRules(true));
      if (publisher === 0 && world.whole <= WHOLE) step('the publisher applies new rules', applyRules(false));
      if (publisher === 1) {
        const isStopped = Number(world.isHeld || isPausedNow);
        step('the publisher reads what is stopped', { publisher: 2, isStopped });
      }
      if (publisher === 2) {
        const { passAge, isWhole, isStopped, wasResumed } = world;
        const says = isStopped && (isWhole || !world.saidStopped) ? PAUSED : wasResumed && !isStopped ? RUNNING : 0;
        const whole = isWhole ? passAge : world.whole;
        const stops = says ? [toMessage(says)] : [];
        const repeated = toMessage(REPEATED, decisions.toAge(passAge), world.isComplete ? 0 : whole);
        const sent = toSent(world, decisions.toOrder(stops, repeated));
        if (sent) step('the publisher sends its messages', { ...NO_PASS, ...sent, whole, saidStopped: isStopped });
        if (world.staleRepeated === 0) {
          const stale = { staleStop: stops[0] ?? 0, staleRepeated: repeated };
          fail('the publisher stalls, and another one leads', { ...NEW_PUBLISHER, ...stale });
        }
      }
      if (publisher !== 0 || world.whole < OLD) fail('the publisher dies', NEW_PUBLISHER);
      if (world.staleRepeated !== 0) {
        const { staleStop, staleRepeated } = world;
        const sent = toSent(world, staleStop === 0 ? [staleRepeated] : [staleStop, staleRepeated]);
        if (sent) step('the old publisher sends its messages', { ...sent, staleStop: 0, staleRepeated: 0 });
      }

      if (ledger === SENT && sender === 0 && claim === NO_JOB && !world.isHeld && !isPausedNow && isRecalled()) {
        step('it is recalled', { ledger: WAITING });
      }
      if (queue > ANY_TIME && leftOf(queue) <= 0) step('the job expires in its queue', { queue: NO_JOB });

      const clock = toClock(world);
      if (message1 !== 0) {
        const rest = { message1: world.message2, message2: 0 };
        const [of, age] = [kindOf(message1), ageOf(message1)];
        const isLeftOut = world.late === NEVER && age > 0;
        const heard =
          of !== REPEATED ? { isPaused: Number(of === PAUSED) } : isLeftOut ? {} : clock.hear(age, withinOf(message1));
        step(HEARD[of]!, { ...rest, ...heard });
      }
      const hasCome = (job: number) => job > ANY_TIME && clock.hasCome[leftOf(job)]!;
      if (queue !== NO_JOB && claim === NO_JOB) {
        if (world.isPaused || hasCome(queue)) step('the node drops the job', { queue: NO_JOB });
        else if (clock.knowsRules) step('the node claims it', { queue: NO_JOB, claim: queue });
      }
      if (claim !== NO_JOB) {
        const isLate = isOn && ruleAge >= KNOWN_FOR;
        if (hasCome(claim)) step('the node hands it back', { claim: NO_JOB, ledger: WAITING });
        else if (!world.isPaused && clock.knowsRules) {
          step('the node begins it', DONE, isLate ? `I17: begun ${ruleAge} s after the rule` : undefined);
        }
      }
      if (world.listening === NEVER) step('the node listens again', { ...UNHEARD, listening: 0 });
      else fail('the node is cut off', { ...UNHEARD, listening: NEVER });
      const given = claim === NO_JOB ? {} : { claim: NO_JOB, ledger: WAITING };
      fail('the node is restarted', { ...UNHEARD, ...given, listening: 0, late: NEVER, isPaused: 0 });
    },
  };
}

const DONE: Change = { ...Object.fromEntries(FIELDS.map((field) => [field, 0])), isDone: 1 };
const PLACES = Object.fromEntries(FIELDS.map((field, i) => [field, i])) as World;

/** With these messages on their way. Undefined without room for them; what is sent to nobody is lost. */
function toSent(world: World, messages: readonly number[]): Change | undefined {
  if (world.listening === NEVER) return {};
  const first = MESSAGES.findIndex((field) => world[field] === 0);
  if (first < 0 || first + messages.length > MESSAGES.length) return undefined;
  return Object.fromEntries(messages.map((message, i) => [MESSAGES[first + i]!, message]));
}

const older = (age: number) => (age === NEVER ? NEVER : Math.min(OLD, age + 1));
const nearer = (job: number) => (job > ANY_TIME ? Math.max(2, job - 1) : job);
const toOlderMessage = (message: number) =>
  kindOf(message) === REPEATED ? toMessage(REPEATED, older(ageOf(message)), withinOf(message)) : message;

function toNextTick(world: World, isPlanned: boolean): Change {
  const change: Change = {
    ruleAge: world.rule === OVER ? 0 : older(world.ruleAge),
    resumed: Math.min(1, older(world.resumed)),
    dispatched: Number(world.ledger !== UNSENT),
    senderJob: nearer(world.senderJob),
    queue: nearer(world.queue),
    passAge: world.publisher === 0 ? 0 : older(world.passAge),
    whole: older(world.whole),
    listening: older(world.listening),
    knowsFor: Math.max(0, world.knowsFor - 1),
    claim: nearer(world.claim),
  };
  for (const field of MESSAGES) change[field] = toOlderMessage(world[field]);
  // Its pass lasts as long.
  const stale = world.staleRepeated;
  if (stale !== 0) change.staleRepeated = toMessage(REPEATED, older(ageOf(stale)), older(withinOf(stale)));
  const begins = isPlanned && world.rule === PLANNED && world.ruleAge + 1 === BEGINS_IN;
  const ends = isPlanned && world.rule === IN_FORCE && world.ruleAge + 1 === LASTS;
  return begins || ends ? { ...change, rule: begins ? IN_FORCE : OVER, ruleAge: 0 } : change;
}
