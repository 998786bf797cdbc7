import type { Node } from '@cyberstroll/contracts';
import { type RivalledNode, resolveRival } from './resolve-rival';

const START = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const TIMEOUT_MS = 15_000;

interface Heard {
  present: string;
  /** Which processes had to end, and since which second. */
  ended: Record<string, number>;
}

/**
 * Plays the heartbeats of a node's processes at these seconds. Like the registry and the handler, it makes a new
 * process the present one, unless the id was shared recently and the present process is heard.
 */
function play(beats: Record<string, number[]>, options: { obey?: string[] } = {}): Heard {
  let node: RivalledNode | undefined;
  const ended: Record<string, number> = {};
  const all = Object.entries(beats)
    .flatMap(([instance_id, seconds]) => seconds.map((second) => ({ instance_id, second })))
    .sort((a, b) => a.second - b.second);
  for (const { instance_id, second } of all) {
    if (options.obey?.includes(instance_id) && ended[instance_id] !== undefined) continue;
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
      const { change, superseded } = resolveRival(node!, { instance_id, status: 'online' }, TIMEOUT_MS, now);
      for (const each of superseded) ended[each] ??= second;
      node = { ...node!, ...change, ...(change.instance_id && seen) };
    }
  }
  return { present: node!.instance_id, ended };
}

const every5 = (from: number, to: number) => Array.from({ length: (to - from) / 5 + 1 }, (_, i) => from + 5 * i);

describe('resolveRival', () => {
  it.each<[string, Record<string, number[]>, Heard]>([
    ['a restarted node', { a: every5(0, 20), b: every5(21, 100) }, { present: 'b', ended: {} }],
    [
      'a restarted node with a late heartbeat',
      { a: [...every5(0, 20), 24, 26], b: every5(21, 100) },
      { present: 'b', ended: {} },
    ],
    [
      'a node that restarts again and again',
      { a: every5(0, 20), b: [21, 26], c: [28, 33], d: every5(35, 100) },
      { present: 'd', ended: {} },
    ],
    [
      'two processes: the later one must end',
      { a: every5(0, 100), b: every5(21, 101) },
      { present: 'a', ended: { b: 35 } },
    ],
    [
      'three processes: both later ones must end',
      { a: every5(0, 100), b: every5(21, 101), c: every5(23, 103) },
      { present: 'a', ended: { b: 35, c: 35 } },
    ],
    [
      'a second process that ends soon: the first one is the node again',
      { a: every5(0, 100), b: [21] },
      { present: 'a', ended: {} },
    ],
    [
      'a process that wakes up long after the next one started: it must end',
      { a: [...every5(0, 20), ...every5(60, 120)], b: every5(41, 121) },
      { present: 'b', ended: { a: 70 } },
    ],
    [
      'a second process that starts again under a new name: it must end, and is never the node',
      { a: every5(0, 100), b: every5(21, 41), c: every5(43, 103) },
      { present: 'a', ended: { b: 35, c: 53 } },
    ],
    [
      'the first of two processes ends: the other one is the node',
      { a: every5(0, 40), b: every5(21, 101) },
      { present: 'b', ended: { b: 35 } },
    ],
  ])('of %s', (_, beats, expected) => {
    expect(play(beats)).toMatchObject(expected);
  });

  it('drops a process that says goodbye', () => {
    const node: RivalledNode = {
      instance_id: 'b',
      status: 'online',
      last_seen: at(20),
      former_instances: ['a'],
      rivals: [{ instance_id: 'a', since: at(0), last_seen: at(18) }],
    } satisfies Partial<Node>;
    const decision = resolveRival(node, { instance_id: 'a', status: 'offline' }, TIMEOUT_MS, at(21));
    expect(decision).toEqual({ change: { rivals: [] }, superseded: [] });
  });
});
