import type { Sender, SubTaskUpdate } from '@cyberstroll/contracts';
import { findLostLeases } from './find-lost-leases';

const NODE = { node_id: 'n', instance_id: 'i' };
const MONITOR = { operator: 'heartbeat-monitor' };
const toUpdate = (status: SubTaskUpdate['status'], lease_id?: string): SubTaskUpdate => ({
  task_id: 'a'.repeat(24),
  subtask_id: `${'a'.repeat(24)}-0`,
  attempt: 1,
  status,
  ...(lease_id !== undefined && { lease_id }),
});

it.each<[string, Sender, SubTaskUpdate['status'], string, string[]]>([
  ['failed by a service', MONITOR, 'FAILED', 'applied', ['l']],
  ['timed out by a service', MONITOR, 'TIMEOUT', 'applied', ['l']],
  ['claimed where another holds it', NODE, 'ASSIGNED', 'stale', ['l']],
  ['scanned where another holds it', NODE, 'SCANNING', 'stale', ['l']],
  ['failed by its own node', NODE, 'FAILED', 'applied', []],
  ['scanned as it should be', NODE, 'SCANNING', 'applied', []],
  ['reported twice', NODE, 'SCANNING', 'duplicate', []],
  ['done too late, and so at work no more', NODE, 'COMPLETED', 'stale', []],
  ['failed by a service after its end', MONITOR, 'FAILED', 'stale', []],
  ['cancelled with its task', MONITOR, 'CANCELLED', 'applied', []],
])('of one that is %s', (_, sender, status, outcome, lost) => {
  expect(findLostLeases([{ sender, update: toUpdate(status, 'l') }], [{ outcome }])).toEqual(lost);
});

it('names each lease once, and none if no node held the subtask', () => {
  const updates = ['l', 'l', undefined].map((lease) => ({ sender: MONITOR, update: toUpdate('FAILED', lease) }));
  expect(findLostLeases(updates, Array(3).fill({ outcome: 'applied' }))).toEqual(['l']);
});

it('names the lease of what an exclusion has cancelled: its task stays open', () => {
  const update = { ...toUpdate('CANCELLED', 'l'), reason: 'excluded: a heart monitor' };
  expect(findLostLeases([{ sender: MONITOR, update }], [{ outcome: 'applied' }])).toEqual(['l']);
});
