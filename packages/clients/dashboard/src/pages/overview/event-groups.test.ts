import type { FleetEvent } from '@cyberstroll/client';
import { toEventPath } from '../../fleet/fleet-events';
import { groupEvents } from './event-groups';

const FRAME = { from: 1_000, to: 2_000, width: 500 };
const at = (seconds: number) => ({ time: new Date(seconds * 1_000).toISOString() }) as FleetEvent;

it('events that are near each other have one mark, and those beside the chart have none', () => {
  const groups = groupEvents([900, 1_000, 1_020, 1_100, 2_000, 2_100].map(at), FRAME);
  expect(groups.map(({ x, events }) => [x, events.length])).toEqual([
    [0, 2],
    [50, 1],
    [500, 1],
  ]);
});

it('many events of a moment are one mark, not a wide one', () => {
  const groups = groupEvents(
    Array.from({ length: 60 }, (_, i) => at(1_000 + i)),
    FRAME,
  );
  expect(groups.map(({ x, events }) => [x, events.length])).toEqual([
    [0, 32],
    [16, 28],
  ]);
});

it.each([
  ['task_ended', '/tasks/a'],
  ['node_lost', '/fleet/nodes/a'],
  ['freeze_began', '/plan'],
] as const)('%s leads to %s', (kind, path) => {
  expect(toEventPath({ kind, subject: 'a' })).toBe(path);
});
