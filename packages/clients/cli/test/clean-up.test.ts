import { type ApiPeer, createApiPeer, TASK_ID } from './api-peer';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  const task = {
    task_id: TASK_ID,
    status: 'CANCELLED',
    completed_time: '2026-01-31T12:00:00.000Z',
    total_targets: 256,
  };
  peer.override = ({ path }) =>
    path === '/api/tasks/clean-up' ? { status: 202, body: { tasks: [task], dry_run: false, more: true } } : undefined;
});
afterEach(() => peer.close());

it('requests the deletion of old tasks, and lists them', async () => {
  const { code, stdout, stderr } = await runCli(peer, ['task', 'clean-up', '--days', '30', '--dry-run']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`\\n${TASK_ID}  CANCELLED  2026-01-31 12:00:00Z +256\\n$`));
  expect(stderr).toBe('tasks being deleted: 1\nmore have expired: run it again\n');
  expect(peer.received[0]).toMatchObject({
    method: 'POST',
    body: { expire_days: 30, dry_run: true, limit: 1_000 },
  });
});

it('requires --days', async () => {
  const { code, stderr } = await runCli(peer, ['task', 'clean-up']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--days')]);
  expect(peer.received).toEqual([]);
});
