import { testLogger } from '@cyberstroll/testkit';
import { createSilenceSweep } from './fail-silent';

const rules = { timeoutMs: 15_000, share: 0.5, holdMs: 60_000 };
const at = (seconds: number) => new Date(1_000_000_000_000 + seconds * 1_000);

function setUp(heard: Record<string, number>) {
  const findOnline = jest.fn(async () =>
    Object.entries(heard).map(([node_id, seconds]) => ({ node_id, first_seen: at(0), last_seen: at(seconds) })),
  );
  const noteNode = jest.fn(async () => undefined);
  const store = {
    nodes: { findOnline, setStatus: async (nodeId: string) => delete heard[nodeId] },
    fleetEvents: { noteNode },
    subTasks: { findHeld: async () => [], countHeld: async () => new Map() },
  };
  const parts = { store, updates: { send: async () => 0 }, publisher: { tryPublish: () => true }, logger: testLogger };
  return { findOnline, noteNode, sweepOnce: createSilenceSweep({ ...parts, rules } as never) };
}

it('reads the fleet no sooner than a node can be silent for half the timeout, and loses it in time', async () => {
  const heard = { a: 0, b: 6 };
  const { findOnline, noteNode, sweepOnce } = setUp(heard);
  const reads: number[] = [];
  for (let second = 0; second <= 12; second++) {
    // A pass that reads nothing says so: the next one may be later.
    if (await sweepOnce(at(second))) reads.push(second);
    if (second === 9) heard.a = 9;
  }
  expect(reads).toEqual([0, 8, 9, 10]);
  expect(findOnline).toHaveBeenCalledTimes(reads.length);
  for (const second of [14, 15, 21]) expect(await sweepOnce(at(second))).toMatchObject({ offline: 0 });
  expect(noteNode).not.toHaveBeenCalled();
  expect(await sweepOnce(at(22))).toMatchObject({ offline: 1 });
  expect(noteNode).toHaveBeenCalledWith({ time: at(22), kind: 'node_lost', subject: expect.any(String) });
});

it('reads the fleet when the clock was set back', async () => {
  const { findOnline, sweepOnce } = setUp({ a: 0 });
  await sweepOnce(at(0));
  await sweepOnce(at(-1));
  expect(findOnline).toHaveBeenCalledTimes(2);
});
