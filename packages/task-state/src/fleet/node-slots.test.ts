import { NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import { addSlots, countStandings, toNodeSlots } from './node-slots';
import { NODE_GONE_AFTER_MS } from './silence';

const NOW = new Date('2026-01-01T12:00:00Z');
const node = { status: 'online' as const, pools: ['a'], capacity: 10, current_task_count: 4, last_seen: NOW };
const at = (silentMs: number, rest: object = {}) =>
  toNodeSlots({ ...node, last_seen: new Date(NOW.getTime() - silentMs), ...rest }, NOW);

it.each([
  ['as it reports', 0, { status: 'busy' }, 'busy'],
  ['as silent, if its heartbeats are missing', NODE_SILENT_AFTER_MS + 1, {}, 'silent'],
  ['as silent, if it was set offline without a goodbye', 0, { status: 'offline' }, 'silent'],
  ['as offline, if it said goodbye', 0, { status: 'offline', said_goodbye: true }, 'offline'],
  ['as offline, if it was not heard for a day', NODE_GONE_AFTER_MS, {}, 'offline'],
])('counts a node %s', (_, silentMs, rest, standing) => {
  expect(at(silentMs, rest).standing).toBe(standing);
});

it('adds up the slots of nodes that are heard, and no more taken slots than a node has', () => {
  const nodes = [at(0), at(0, { pools: ['b'], current_task_count: 99 }), at(NODE_SILENT_AFTER_MS + 1)];
  expect(addSlots(nodes)).toEqual({ active: 14, capacity: 20 });
  expect(addSlots(nodes, 'a')).toEqual({ active: 4, capacity: 10 });
  expect(countStandings(nodes)).toEqual({ online: 2, busy: 0, draining: 0, offline: 0, silent: 1 });
});
