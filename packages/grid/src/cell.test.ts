import { SUBTASK_STATUSES, subTaskTable } from '@cyberstroll/state-machine';
import { GRID_STATUSES, isNewer, mergeCell } from './cell';

it('numbers the statuses in the order of the machine', () => {
  expect(GRID_STATUSES).toEqual(SUBTASK_STATUSES);
});

it('takes what a transition leads to for newer, and never the way back', () => {
  for (const { from, event, to } of subTaskTable.arrows) {
    const before = { status: from, attempt: 1 };
    const after = { status: to, attempt: event === 'RETRY' ? 2 : 1 };
    expect([from, to, isNewer(after, before)]).toEqual([from, to, true]);
    expect([from, to, isNewer(before, after)]).toEqual([from, to, false]);
  }
});

const cell = { status: 'SCANNING', attempt: 1, has_open_ports: false } as const;

it('adds the name of the node to the same attempt, and keeps it until the next one', () => {
  const named = mergeCell(cell, { ...cell, status: 'ASSIGNED', node: 'a' });
  expect(named).toEqual({ ...cell, node: 'a' });
  expect(mergeCell(named, { ...cell, status: 'FAILED' })).toEqual({ ...cell, status: 'FAILED', node: 'a' });
  expect(mergeCell(named, { ...cell, status: 'RETRYING', attempt: 2 }).node).toBeUndefined();
  expect(mergeCell(named, { ...cell, node: 'a' })).toBe(named);
});
