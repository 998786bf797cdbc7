import type { Node } from '@cyberstroll/contracts';
import { judgeRival, type RivalledNode } from './resolve-rival';

const START = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const TIMEOUT_MS = 15_000;

interface Heard {
  present: string;
  /** Who was told to end, and when first. */
  told: Record<string, number>;
}

/**
 * What becomes of a node whose processes send heartbeats at these seconds: as the registry and the handler do it, a process that was
 * never heard becomes the present one, unless the id was shared lately and the present one is heard.
 */
function play(beats: Record<string, number[]>, options: { obey?: string[] } = {}): Heard {
  let node: RivalledNode | undefined;
  const told: Record<string, number> = {};
  const all = Object.entries(beats)
    .flatMap(([instance_id, seconds]) => seconds.map((second) => ({ instance_id, second })))
    .sort((a, b) => a.second - b.second);
  for (const { instance_id, second } of all) {
    if (options.obey?.includes(instance_id) && told[instance_id] !== undefined) continue;
    const now = at(second);
    const seen = { status: 'online' as const, last_seen: now };
    const isKnown = !node || node.instance_id === instance_id;
    const isHeard = node && now.getTime() - node.last_seen.getTime() <= TIMEOUT_MS;
    const isFormer = node?.former_instances?.includes(instance_id) ?? false;
    if (isKnown) node = { instance_id, instance_since: now, ...node, ...seen };
    else if (!isFormer && !(isHeard && node!.shared_time)) {
      const former_instances = [...(node!.former_instances ?? []), node!.instance_id];
      node = { ...node!, ...seen, former_instances, instance_id, instance_since: now };
    } else {
      const { change, superseded } = judgeRival(node!, { instance_id, status: 'online' }, TIMEOUT_MS, now);
      for (const each of superseded) told[each] ??= second;
      node = { ...node!, ...change, ...(change.instance_id && seen) };
    }
  }
  return { present: node!.instance_id, told };
}

const every5 = (from: number, to: number) => Array.from({ length: (to - from) / 5 + 1 }, (_, i) => from + 5 * i);

describe('judgeRival', () => {
  it.each<[string, Record<string, number[]>, Heard]>([
    ['a node that was restarted', { a: every5(0, 20), b: every5(21, 100) }, { present: 'b', told: {} }],
    [
      'a node that was restarted, and heard late',
      { a: [...every5(0, 20), 24, 26], b: every5(21, 100) },
      { present: 'b', told: {} },
    ],
    [
      'a node that was restarted again and again',
      { a: every5(0, 20), b: [21, 26], c: [28, 33], d: every5(35, 100) },
      { present: 'd', told: {} },
    ],
    [
      'two processes: the later one is told',
      { a: every5(0, 100), b: every5(21, 101) },
      { present: 'a', told: { b: 35 } },
    ],
    [
      'three processes: both later ones are told',
      { a: every5(0, 100), b: every5(21, 101), c: every5(23, 103) },
      { present: 'a', told: { b: 35, c: 35 } },
    ],
    [
      'a second process that ends soon: the first one is the node again',
      { a: every5(0, 100), b: [21] },
      { present: 'a', told: {} },
    ],
    [
      'a process that wakes up long after the next one was begun: it is told',
      { a: [...every5(0, 20), ...every5(60, 120)], b: every5(41, 121) },
      { present: 'b', told: { a: 70 } },
    ],
    [
      'a second process that begins again under a new name: it is told, and is never the node',
      { a: every5(0, 100), b: every5(21, 41), c: every5(43, 103) },
      { present: 'a', told: { b: 35, c: 53 } },
    ],
    [
      'the first of two processes ends: the node is whoever is left',
      { a: every5(0, 40), b: every5(21, 101) },
      { present: 'b', told: { b: 35 } },
    ],
  ])('of %s', (_, beats, expected) => {
    expect(play(beats)).toMatchObject(expected);
  });

  it('forgets a process that says goodbye', () => {
    const node: RivalledNode = {
      instance_id: 'b',
      status: 'online',
      last_seen: at(20),
      former_instances: ['a'],
      rivals: [{ instance_id: 'a', since: at(0), last_seen: at(18) }],
    } satisfies Partial<Node>;
    const verdict = judgeRival(node, { instance_id: 'a', status: 'offline' }, TIMEOUT_MS, at(21));
    expect(verdict).toEqual({ change: { rivals: [] }, superseded: [] });
  });
});
