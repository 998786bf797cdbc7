import { toSubTaskId } from '@cyberstroll/contracts';
import { createLanes } from './lanes';

const ids = Array.from({ length: 2_000 }, (_, index) => toSubTaskId('a'.repeat(24), index));
const toId = (id: string) => id;

it('puts a subtask always into the same lane, neighbours mostly too, and uses every lane', () => {
  const lanes = createLanes(3);
  const first = lanes.split(ids, toId);
  expect([...first.keys()].sort()).toEqual([0, 1, 2]);
  for (const [lane, ofLane] of lanes.split([...ids].reverse(), toId))
    expect([...ofLane].reverse()).toEqual(first.get(lane));
  expect(lanes.split(ids.slice(0, 100), toId).size).toBe(1);
});

it('runs the work of a lane in its order, after a failure too, and that of two lanes side by side', async () => {
  const lanes = createLanes(2);
  const events: string[] = [];
  const gates = new Map<string, () => void>();
  const start = (lane: number, name: string) =>
    lanes.run(lane, async () => {
      events.push(name);
      await new Promise<void>((resolve) => gates.set(name, resolve));
      if (name === 'a') throw new Error(name);
    });
  const first = start(0, 'a');
  const second = start(0, 'b');
  const beside = start(1, 'c');
  await new Promise(setImmediate);
  expect(events).toEqual(['a', 'c']);
  gates.get('a')!();
  await expect(first).rejects.toThrow('a');
  await new Promise(setImmediate);
  expect(events).toEqual(['a', 'c', 'b']);
  for (const open of gates.values()) open();
  await Promise.all([second, beside]);
});
