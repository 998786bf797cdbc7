import type { LimitNumbers, LimitState, LimitUse } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { countUse, createHeadroom } from './headroom';
import { toBurst, toRoom } from './limit-pace';

/** An address that was written down: what really happens to it, and what the counters know of it. */
interface Address {
  index: number;
  /** `idle`: no job of it is anywhere. `out`: it may lie in a queue. */
  real: 'idle' | 'out' | 'scanning' | 'closed';
  known: 'retrying' | 'out' | 'scanning' | 'closed';
}

const STEP_MS = 20;
/** What is sent, and in between what was lost is recalled: from then on it waits to be sent, like a retry. */
const TURNS = ['first', 'retry', 'first', 'recall'] as const;
/** In a phase everything happens in one way: nothing begins for a while, and then all at once breaks limits. */
const anyPhase = fc.record({
  steps: fc.constantFrom(1, 5, 50),
  /** Senders die between what they write down and what they send. */
  dies: fc.boolean(),
  /** Which share of what is out nodes begin, end, and lose; and what of it the counters learn. */
  begins: fc.constantFrom(0, 0.1, 1),
  ends: fc.constantFrom(0, 0.05, 1),
  loses: fc.constantFrom(0, 0, 0, 1),
  learns: fc.constantFrom(0, 0.5, 1, 1),
  /** Before it, nothing happens for this number of steps. */
  rest: fc.constantFrom(0, 0, 0, 100),
});
type Phase = typeof anyPhase extends fc.Arbitrary<infer One> ? One : never;
const anyNumbers = fc
  .record({
    max_concurrent: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    max_starts_per_second: fc.constantFrom(undefined, 0.5, 1, 2, 5, 20, 100),
    per_prefix: fc.option(
      fc.record({
        max_concurrent: fc.integer({ min: 1, max: 5 }),
        ipv4_length: fc.constant(24),
        ipv6_length: fc.constant(64),
      }),
      { nil: undefined },
    ),
  })
  .filter((numbers) => Object.values(numbers).some((value) => value !== undefined));

/** Every fifth address lies outside of the limit's network, the others in prefixes of different sizes. */
const locate = (_taskId: string, index: number): string | undefined =>
  index % 5 === 0 ? undefined : `p${Math.floor((index % 16) / 5)}`;
const isInside = ({ index }: Address): boolean => locate('t', index) !== undefined;

function simulate(numbers: LimitNumbers, phases: readonly Phase[]) {
  let addresses: Address[] = [];
  let state: LimitState = {};
  let now = 0;
  const starts: number[] = [];
  let most = 0;
  let mostInPrefix = 0;
  let sentFirst = 0;
  const take = (is: (address: Address) => boolean, share: number) => {
    const all = addresses.filter(is);
    return all.slice(0, Math.ceil(all.length * share));
  };

  function send(turn: (typeof TURNS)[number], dies: boolean) {
    if (turn === 'recall') {
      for (const address of addresses) if (address.real === 'idle') address.known = 'retrying';
      return;
    }
    const open = addresses.filter(({ known }) => known === 'scanning' || known === 'out');
    const use = countUse(
      locate,
      open.map(({ index, known }) => ({ taskId: 't', index, begun: known === 'scanning' })),
    );
    const standing = { key: 'l', numbers, use, state, tasks: new Set(['t']), locate };
    const toFirst = (_: unknown, n: number): Address => ({ index: sentFirst + n, real: 'idle', known: 'retrying' });
    const first = Array.from({ length: 200 }, toFirst);
    const headroom = createHeadroom([standing], new Date(now));
    const due = addresses.filter(({ real, known }) => real === 'idle' && known === 'retrying');
    const sent =
      turn === 'retry'
        ? due.filter(({ index }) => headroom.take('t', 1, () => index) > 0)
        : first.slice(
            0,
            headroom.take('t', first.length, (n) => first[n]!.index),
          );
    state = headroom.toStates().get('l') ?? state;
    for (const address of sent) Object.assign(address, { known: 'out', real: dies ? 'idle' : 'out' });
    if (turn !== 'first') return;
    addresses.push(...sent);
    sentFirst += sent.length;
  }

  const steps = phases.flatMap(({ steps: length, rest, ...phase }) =>
    Array.from({ length }, (_, i) => ({ ...phase, rest: i === 0 ? rest : 0 })),
  );
  for (const [i, step] of steps.entries()) {
    now += STEP_MS * (1 + step.rest);
    send(TURNS[i % TURNS.length]!, step.dies);
    for (const address of take(({ real }) => real === 'scanning', step.ends)) address.real = 'closed';
    for (const address of take(({ real }) => real === 'out', step.begins)) {
      address.real = 'scanning';
      if (isInside(address)) starts.push(now);
    }
    const inPrefix = countBy(addresses.filter(({ real }) => real === 'scanning'));
    most = Math.max(
      most,
      [...inPrefix.values()].reduce((sum, each) => sum + each, 0),
    );
    mostInPrefix = Math.max(mostInPrefix, ...inPrefix.values());
    // A node dies, and its scans with it. The counters know when it is declared dead, and not before.
    for (const address of take(({ real }) => real === 'scanning', step.loses)) {
      Object.assign(address, { real: 'idle', known: 'retrying' });
    }
    for (const address of take(({ real, known }) => real !== 'idle' && real !== known, step.learns)) {
      address.known = address.real as Address['known'];
    }
    addresses = addresses.filter(({ known }) => known !== 'closed');
  }
  return { most, mostInPrefix, starts };
}

/** Of those that the limit covers, how many lie in each prefix. */
function countBy(addresses: readonly Address[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { index } of addresses) {
    const prefix = locate('t', index);
    if (prefix !== undefined) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return counts;
}

/** The most that start in any time of this length. */
function countMost(starts: readonly number[], windowMs: number): number {
  let first = 0;
  return starts.reduce((most, start, i) => {
    while (starts[first]! < start - windowMs) first++;
    return Math.max(most, i - first + 1);
  }, 0);
}

it('keeps all numbers in any time, whatever lags, dies, pauses and takes turns', () => {
  fc.assert(
    fc.property(anyNumbers, fc.array(anyPhase, { minLength: 5, maxLength: 20 }), (numbers, phases) => {
      const { most, mostInPrefix, starts } = simulate(numbers, phases);
      const { max_concurrent, max_starts_per_second: rate, per_prefix } = numbers;
      if (per_prefix) expect(mostInPrefix).toBeLessThanOrEqual(per_prefix.max_concurrent);
      if (max_concurrent !== undefined) expect(most).toBeLessThanOrEqual(max_concurrent);
      if (rate === undefined) return;
      for (const seconds of [0, 1, 10]) {
        expect(countMost(starts, seconds * 1_000)).toBeLessThanOrEqual(rate * seconds + 2 * toBurst(rate));
      }
    }),
    { numRuns: 200 },
  );
});

it.each([0.01, 0.5, 1, 2, 2.5, 3, 10, 99, 100_000])(
  'promises 10 s at %d per second no more than 11 s of it, or 2 more',
  (rate) => {
    expect(10 * rate + 2 * toBurst(rate)).toBeLessThanOrEqual(10 * rate + Math.max(rate, 2));
  },
);

describe('toRoom', () => {
  const NOW = new Date(100_000);
  const after = (ms: number) => new Date(NOW.getTime() + ms);
  const room = (numbers: LimitNumbers, use: Partial<LimitUse> = {}, state: LimitState = {}) =>
    toRoom({ numbers, use: { outstanding: 0, not_begun: 0, ...use }, state }, NOW);

  it.each([
    ['what is not out', room({ max_concurrent: 5 }, { outstanding: 3 }), 2],
    ['nothing while more is out than allowed', room({ max_concurrent: 5 }, { outstanding: 7 }), 0],
    ['a burst at first', room({ max_starts_per_second: 10 }), 4],
    ['one at first of a slow pace', room({ max_starts_per_second: 0.01 }), 1],
    ['no more than has begun', room({ max_starts_per_second: 10 }, { not_begun: 3 }), 1],
    ['what the pace allows since the last', room({ max_starts_per_second: 10 }, {}, { next_start: after(200) }), 2],
    ['nothing before the next start', room({ max_starts_per_second: 1 }, {}, { next_start: after(1) }), 0],
  ])('%s', (_name, given, expected) => {
    expect(given).toBe(expected);
  });
});

describe('countBlocked', () => {
  /** Ten addresses in each prefix. */
  const byTen = (_taskId: string, index: number) => `p${Math.floor(index / 10)}`;
  const per_prefix = { max_concurrent: 2, ipv4_length: 24, ipv6_length: 64 };
  const use = {
    outstanding: 4,
    not_begun: 0,
    prefixes: new Map([
      ['p0', 2],
      ['p1', 2],
    ]),
  };
  const tasks = new Set(['t']);
  const prefixes = { key: 'p', numbers: { per_prefix }, use, state: {}, tasks, locate: byTen };
  const network = (outstanding: number) => ({
    key: 'n',
    numbers: { max_concurrent: 4 },
    use: { outstanding, not_begun: 0, prefixes: new Map() },
    state: {},
    tasks,
    locate: (_taskId: string, index: number) => (index < 15 ? '' : undefined),
  });
  const all = (outstanding: number) => ({
    key: 'a',
    numbers: { max_concurrent: 4 },
    use: { outstanding, not_begun: 0 },
    state: {},
    tasks,
  });

  it.each<[string, Parameters<typeof createHeadroom>[0], number, number]>([
    ['those to the end of full prefixes', [prefixes], 0, 20],
    ['those from the given place on', [prefixes], 13, 7],
    ['none where the first one has room', [prefixes], 20, 0],
    ['those in the network of a full limit', [network(4)], 3, 12],
    ['none under a limit that is full wherever they lie', [prefixes, all(4)], 0, 0],
    ['none without a limit', [], 0, 0],
    ['the longest of several', [prefixes, network(4), all(3)], 12, 8],
  ])('counts %s', (_name, limits, from, expected) => {
    const headroom = createHeadroom(limits, new Date(0));
    const toIndex = (n: number) => from + n;
    expect(headroom.countBlocked('t', 100, toIndex)).toBe(expected);
    expect(headroom.countBlocked('t', 5, toIndex)).toBe(Math.min(5, expected));
    // It takes nothing, and nobody counts as refused.
    expect(headroom.toStates().size).toBe(0);
    expect(headroom.take('t', 1, (n) => from + expected + n)).toBe(
      limits.some(({ key, use: { outstanding } }) => key === 'a' && outstanding === 4) ? 0 : 1,
    );
  });
});
