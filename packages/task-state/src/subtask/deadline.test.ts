import { toDeadline } from './deadline';

it('gives a node five seconds to report its own timeout before the server does', () => {
  const from = new Date('2026-01-01T12:00:00Z');
  expect(toDeadline(from, { subtask_timeout: 60 })).toEqual(new Date('2026-01-01T12:01:05Z'));
});
