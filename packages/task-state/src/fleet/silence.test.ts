import { NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import { findLivingRivals, isSilent } from './silence';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);

it.each([
  ['was heard just in time', 'online', NODE_SILENT_AFTER_MS, false],
  ['was not heard for longer', 'busy', NODE_SILENT_AFTER_MS + 1, true],
  ['drains and was heard', 'draining', 0, false],
  ['is offline, although it was heard', 'offline', 0, true],
] as const)('a node that %s', (_, status, silentMs, expected) => {
  expect(isSilent({ status, last_seen: ago(silentMs) }, NOW)).toBe(expected);
});

it('takes another timeout, of nodes and of their other processes', () => {
  const last_seen = ago(1_001);
  expect(isSilent({ status: 'online', last_seen }, NOW, 1_000)).toBe(true);
  const rivals = [1_000, 1_001].map((ms) => ({
    instance_id: `heard-${ms}-ago`,
    since: ago(9_000),
    last_seen: ago(ms),
  }));
  expect(findLivingRivals({ rivals }, NOW, 1_000)).toEqual(['heard-1000-ago']);
  expect(findLivingRivals({ rivals }, NOW)).toHaveLength(2);
  expect(findLivingRivals({}, NOW)).toEqual([]);
});
