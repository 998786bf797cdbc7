import fc from 'fast-check';
import { chooseLost } from './choose-lost';

const NOW = new Date('2026-01-01T12:00:00Z');
const RULES = { timeoutMs: 15_000, share: 0.5, holdMs: 60_000 };

/** Nodes by their seconds of silence, heard for an hour before that, or for as many seconds as are given. */
const fleetOf = (silences: readonly number[], heardFor: readonly number[] = []) =>
  silences.map((seconds, i) => {
    const last_seen = new Date(NOW.getTime() - seconds * 1_000);
    return { node_id: `n${i}`, last_seen, first_seen: new Date(last_seen.getTime() - (heardFor[i] ?? 3_600) * 1_000) };
  });
/** Each holds as much as is given, or ten. */
const heldBy = (fleet: readonly { node_id: string }[], amounts: readonly number[] = []) =>
  new Map(fleet.map(({ node_id }, i) => [node_id, amounts[i] ?? 10]));
const choose = (fleet: ReturnType<typeof fleetOf>, rules = RULES, now = NOW, lastMassAt?: Date) =>
  chooseLost(fleet, heldBy(fleet), rules, now, lastMassAt);

const judge = (
  silences: readonly number[],
  rules: Partial<typeof RULES> = {},
  { held: amounts, heardFor }: { held?: number[]; heardFor?: number[] } = {},
) => {
  const fleet = fleetOf(silences, heardFor);
  const { lost, held } = chooseLost(fleet, heldBy(fleet, amounts), { ...RULES, ...rules }, NOW);
  return { lost: lost.map(({ node_id }) => node_id), held: held.map(({ node_id }) => node_id) };
};

describe('chooseLost', () => {
  it.each<[string, number[], { lost: string[]; held: string[] }]>([
    ['a fleet that beats', [1, 2, 3], { lost: [], held: [] }],
    ['no fleet', [], { lost: [], held: [] }],
    ['the only node', [16], { lost: ['n0'], held: [] }],
    ['one of two', [16, 1], { lost: ['n0'], held: [] }],
    ['both of two', [16, 17], { lost: ['n0', 'n1'], held: [] }],
    ['two of three', [16, 16, 1], { lost: ['n0', 'n1'], held: [] }],
    ['half of six', [16, 16, 16, 1, 1, 1], { lost: ['n0', 'n1', 'n2'], held: [] }],
    ['three of five', [16, 16, 16, 1, 1], { lost: [], held: ['n0', 'n1', 'n2'] }],
    ['the first to pass the timeout of a fleet that was cut off', [16, 14, 12, 11], { lost: [], held: ['n0'] }],
    ['one, while others are a beat late', [16, 7, 7, 7], { lost: ['n0'], held: [] }],
    ['those of many that are gone for good', [61, 59, 16, 16], { lost: ['n0'], held: ['n1', 'n2', 'n3'] }],
    ['those that stay silent when the others are back', [40, 40, 1, 1], { lost: ['n0', 'n1'], held: [] }],
  ])('of %s', (_, silences, expected) => {
    expect(judge(silences)).toEqual(expected);
  });

  it('still holds while a fleet comes back node by node, and no longer than half the timeout', () => {
    const back = fleetOf([40, 40, 1, 1]);
    const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
    expect(choose(back, RULES, NOW, ago(7)).lost).toEqual([]);
    expect(choose(back, RULES, NOW, ago(8)).lost).toHaveLength(2);
    expect(choose(fleetOf([16, 16, 16, 1])).massAt).toEqual(NOW);
  });

  it.each<[string, number[], { held?: number[]; heardFor?: number[] }, string[]]>([
    [
      'a node, beside four ids that were heard once',
      [16, 1, 16, 16, 16, 16],
      { heardFor: [3_600, 3_600, 0, 0, 0, 0] },
      ['n0', 'n2', 'n3', 'n4', 'n5'],
    ],
    [
      'a node, beside ids of less than a minute that hold more than all',
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
  ])('weighs nodes by what they hold, and ids of less than a minute not at all: loses %s', (_, silences, of, lost) => {
    expect(judge(silences, {}, of).lost).toEqual(lost);
  });

  it('takes the share that is configured', () => {
    expect(judge([16, 16, 16, 16, 1], { share: 0.8 }).lost).toHaveLength(4);
    expect(judge([16, 16, 16, 1, 1, 1, 1], { share: 0.3 }).held).toHaveLength(3);
  });

  const rules = fc.record({
    timeoutMs: fc.integer({ min: 1_000, max: 30_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    holdMs: fc.integer({ min: 1_000, max: 120_000 }),
  });
  const silences = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 });

  it('parts exactly those past the timeout, never fails a mass before the hold, and nobody waits beyond it', () => {
    fc.assert(
      fc.property(silences, rules, (seconds, some) => {
        const fleet = fleetOf(seconds);
        const { lost, held } = choose(fleet, some);
        const silentMs = (node: { last_seen: Date }) => NOW.getTime() - node.last_seen.getTime();
        const silent = fleet.filter((node) => silentMs(node) > some.timeoutMs);
        expect(new Set([...lost, ...held])).toEqual(new Set(silent));
        expect(lost.length + held.length).toBe(silent.length);
        const early = lost.filter((node) => silentMs(node) < some.holdMs);
        if (early.length > 0) expect(silent.length <= some.share * fleet.length || silent.length < 3).toBe(true);
        for (const node of held) expect(silentMs(node)).toBeLessThan(Math.max(some.holdMs, some.timeoutMs));
      }),
    );
  });

  it('says the same of the others, whatever ids there are beside them that were heard for less than a minute', () => {
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
        expect([named(beside.lost), named(beside.held)]).toEqual([named(without.lost), named(without.held)]);
      }),
    );
  });

  it('fails nobody early, at any second, when a whole fleet is cut off at once, whatever the phase of its beats', () => {
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
