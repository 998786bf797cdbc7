import fc from 'fast-check';
import { canDeclareSilent, checkLinks, chooseLost, type LinkState, toInitialLinks } from './circuit-breaker';

const NOW = new Date('2026-01-01T12:00:00Z');
const RULES = { timeoutMs: 15_000, share: 0.5, holdMs: 60_000 };

/** Nodes with these seconds of silence, heard for an hour before that, or for the seconds given. */
const fleetOf = (silences: readonly number[], heardFor: readonly number[] = []) =>
  silences.map((seconds, i) => {
    const last_seen = new Date(NOW.getTime() - seconds * 1_000);
    return { node_id: `n${i}`, last_seen, first_seen: new Date(last_seen.getTime() - (heardFor[i] ?? 3_600) * 1_000) };
  });
/** Each node holds the amount given, or ten. */
const heldBy = (fleet: readonly { node_id: string }[], amounts: readonly number[] = []) =>
  new Map(fleet.map(({ node_id }, i) => [node_id, amounts[i] ?? 10]));
const choose = (fleet: ReturnType<typeof fleetOf>, rules = RULES, now = NOW, lastMassAt?: Date) =>
  chooseLost(fleet, heldBy(fleet), rules, now, lastMassAt);

const divide = (
  silences: readonly number[],
  rules: Partial<typeof RULES> = {},
  { held: amounts, heardFor }: { held?: number[]; heardFor?: number[] } = {},
) => {
  const fleet = fleetOf(silences, heardFor);
  const { lost, kept } = chooseLost(fleet, heldBy(fleet, amounts), { ...RULES, ...rules }, NOW);
  return { lost: lost.map(({ node_id }) => node_id), kept: kept.map(({ node_id }) => node_id) };
};

describe('chooseLost', () => {
  it.each<[string, number[], { lost: string[]; kept: string[] }]>([
    ['a fleet that sends heartbeats', [1, 2, 3], { lost: [], kept: [] }],
    ['no fleet', [], { lost: [], kept: [] }],
    ['the only node', [16], { lost: ['n0'], kept: [] }],
    ['one of two', [16, 1], { lost: ['n0'], kept: [] }],
    ['both of two', [16, 17], { lost: ['n0', 'n1'], kept: [] }],
    ['two of three', [16, 16, 1], { lost: ['n0', 'n1'], kept: [] }],
    ['half of six', [16, 16, 16, 1, 1, 1], { lost: ['n0', 'n1', 'n2'], kept: [] }],
    ['three of five', [16, 16, 16, 1, 1], { lost: [], kept: ['n0', 'n1', 'n2'] }],
    ['the first to pass the timeout of a fleet that was cut off', [16, 14, 12, 11], { lost: [], kept: ['n0'] }],
    ['one, while others are one heartbeat late', [16, 7, 7, 7], { lost: ['n0'], kept: [] }],
    ['one past the hold time, of many', [61, 59, 16, 16], { lost: ['n0'], kept: ['n1', 'n2', 'n3'] }],
    ['two that stay silent when the others are back', [40, 40, 1, 1], { lost: ['n0', 'n1'], kept: [] }],
  ])('of %s', (_, silences, expected) => {
    expect(divide(silences)).toEqual(expected);
  });

  it('stays tripped while a fleet comes back node by node, for half the timeout at most', () => {
    const back = fleetOf([40, 40, 1, 1]);
    const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
    expect(choose(back, RULES, NOW, ago(7)).lost).toEqual([]);
    expect(choose(back, RULES, NOW, ago(8)).lost).toHaveLength(2);
    expect(choose(fleetOf([16, 16, 16, 1])).massAt).toEqual(NOW);
  });

  it.each<[string, number[], { held?: number[]; heardFor?: number[] }, string[]]>([
    [
      'a node and four ids that were heard once',
      [16, 1, 16, 16, 16, 16],
      { heardFor: [3_600, 3_600, 0, 0, 0, 0] },
      ['n0', 'n2', 'n3', 'n4', 'n5'],
    ],
    [
      'a node and young ids that hold more than all others',
      [16, 1, 16, 16, 16],
      { heardFor: [99, 99, 59, 59, 59], held: [9, 9, 99, 99, 99] },
      ['n0', 'n2', 'n3', 'n4'],
    ],
    ['an idle fleet', [16, 16, 16, 16], { held: [0, 0, 0, 0] }, ['n0', 'n1', 'n2', 'n3']],
    ['three idle ones of four', [16, 16, 16, 1], { held: [0, 0, 0, 5] }, ['n0', 'n1', 'n2']],
    ['three that hold more than half, of many', [16, 16, 16, 1, 1, 1, 1, 1], { held: [9, 9, 9, 1, 1, 1, 1, 1] }, []],
    [
      'three that hold half, of many',
      [16, 16, 16, 1, 1, 1, 1, 1],
      { held: [2, 2, 1, 1, 1, 1, 1, 1] },
      ['n0', 'n1', 'n2'],
    ],
    ['two that hold all', [16, 16, 1, 1], { held: [9, 9, 0, 0] }, ['n0', 'n1']],
  ])(
    'weighs a node by the subtasks it holds, and an id younger than a minute not at all: loses %s',
    (_, silences, of, lost) => {
      expect(divide(silences, {}, of).lost).toEqual(lost);
    },
  );

  it('uses the configured share', () => {
    expect(divide([16, 16, 16, 16, 1], { share: 0.8 }).lost).toHaveLength(4);
    expect(divide([16, 16, 16, 1, 1, 1, 1], { share: 0.3 }).kept).toHaveLength(3);
  });

  const rules = fc.record({
    timeoutMs: fc.integer({ min: 1_000, max: 30_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    holdMs: fc.integer({ min: 1_000, max: 120_000 }),
  });
  const silences = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 });

  it('divides exactly the nodes past the timeout, loses no mass before the hold time, and keeps no node beyond it', () => {
    fc.assert(
      fc.property(silences, rules, (seconds, some) => {
        const fleet = fleetOf(seconds);
        const { lost, kept } = choose(fleet, some);
        const silentMs = (node: { last_seen: Date }) => NOW.getTime() - node.last_seen.getTime();
        const silent = fleet.filter((node) => silentMs(node) > some.timeoutMs);
        expect(new Set([...lost, ...kept])).toEqual(new Set(silent));
        expect(lost.length + kept.length).toBe(silent.length);
        const early = lost.filter((node) => silentMs(node) < some.holdMs);
        if (early.length > 0) expect(silent.length <= some.share * fleet.length || silent.length < 3).toBe(true);
        for (const node of kept) expect(silentMs(node)).toBeLessThan(Math.max(some.holdMs, some.timeoutMs));
      }),
    );
  });

  it('decides the same about known nodes, whatever young ids there are', () => {
    const young = fc.array(fc.record({ seconds: fc.integer({ min: 0, max: 70 }), held: fc.nat(1_000) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(silences, young, (seconds, ids) => {
        const fleet = fleetOf(seconds);
        const all = fleetOf(
          [...seconds, ...ids.map((id) => id.seconds)],
          [...seconds.map(() => 3_600), ...ids.map(() => 59)],
        );
        const weights = heldBy(all, [...seconds.map(() => 10), ...ids.map(({ held }) => held)]);
        const named = (nodes: readonly { node_id: string }[]) =>
          nodes.map(({ node_id }) => node_id).filter((id) => Number(id.slice(1)) < seconds.length);
        const [without, beside] = [choose(fleet), chooseLost(all, weights, RULES, NOW)];
        expect([named(beside.lost), named(beside.kept)]).toEqual([named(without.lost), named(without.kept)]);
      }),
    );
  });

  it('loses no node early, at any second, when a whole fleet is cut off at once, whatever the phase of its heartbeats', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 3, maxLength: 30 }), (phases) => {
        for (let second = 0; second < 54; second++) {
          const fleet = fleetOf(phases.map((ms) => second + ms / 1_000));
          expect(choose(fleet).lost).toEqual([]);
        }
      }),
    );
  });
});

describe('the links of a monitor', () => {
  const LIMITS = { timeoutMs: 15_000, maxGapMs: 5_000 };
  const after = (ms: number) => new Date(NOW.getTime() + ms);

  function watch(
    until: number,
    { cutAt, stalledAt, notConsumingFor = 0 }: { cutAt?: number; stalledAt?: number; notConsumingFor?: number } = {},
  ): LinkState {
    let links = toInitialLinks(NOW);
    for (let ms = 1_000; ms <= until; ms += 1_000) {
      if (stalledAt !== undefined && ms > stalledAt && ms < stalledAt + 8_000) continue;
      const notConsumingMs = ms > 20_000 && ms <= 20_000 + notConsumingFor ? ms - 20_000 : 0;
      links = checkLinks(links, { connected: ms !== cutAt, notConsumingMs, now: after(ms), maxGapMs: LIMITS.maxGapMs });
    }
    return links;
  }

  it.each([
    ['just started', watch(14_000), 14_000, false],
    ['started one timeout ago', watch(15_000), 15_000, true],
    ['lost its connection a moment ago', watch(40_000, { cutAt: 30_000 }), 40_000, false],
    ['has been connected again for one timeout', watch(45_000, { cutAt: 30_000 }), 45_000, true],
    ['stood still a moment ago', watch(40_000, { stalledAt: 30_000 }), 40_000, false],
    ['did not consume for a moment', watch(30_000, { notConsumingFor: 5_000 }), 30_000, true],
    ['did not consume for longer', watch(30_000, { notConsumingFor: 6_000 }), 30_000, false],
    ['has consumed again for one timeout', watch(41_000, { notConsumingFor: 6_000 }), 41_000, true],
    ['has stood still until now', watch(30_000), 36_000, false],
    ['stopped its checks', watch(20_000), 40_000, false],
  ])('whether a monitor may declare nodes silent that %s', (_, links, ms, expected) => {
    expect(canDeclareSilent(links, LIMITS, after(ms))).toBe(expected);
  });
});
