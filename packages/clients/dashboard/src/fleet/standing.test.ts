import { toStanding, usedSlots } from './standing';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const DAY = 86_400_000;

it.each([
  [{ status: 'busy', silence: 15_000 }, 'busy'],
  [{ status: 'draining', silence: 0 }, 'draining'],
  [{ status: 'online', silence: 15_001 }, 'silent'],
  [{ status: 'online', silence: DAY }, 'offline'],
  [{ status: 'offline', silence: 0 }, 'silent'],
  [{ status: 'offline', silence: 0, said_goodbye: true }, 'offline'],
] as const)('a node counts as the server counts it: %j is %s', ({ silence, ...node }, standing) => {
  expect(toStanding({ ...node, last_seen: new Date(NOW - silence).toISOString() }, NOW)).toBe(standing);
});

it('what waits on a node for a slot uses none', () => {
  expect(usedSlots({ capacity: 4, current_task_count: 6 })).toBe(4);
});
