import { type ApiPeer, createApiPeer } from './api-peer';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());

const ID = 'a'.repeat(24);
const run = (words: string, options = {}) => runCli(peer, words.split(' '), options);

it('task bulk --dry-run shows which tasks match', async () => {
  peer.override = () => ({
    status: 200,
    body: { dry_run: true, action: 'pause', matched: 2, task_ids: [ID, 'b'.repeat(24)], more: false },
  });
  const { code, stdout, stderr } = await run(`task bulk pause --label 夜间 --status running --id ${ID} --dry-run`);
  expect([code, stdout, stderr]).toEqual([0, `${ID}\n${'b'.repeat(24)}\n`, '2 tasks match\n']);
  expect(peer.received[0]).toMatchObject({
    path: '/api/tasks/bulk',
    body: { action: 'pause', filter: { task_id: [ID], label: ['夜间'], status: ['RUNNING'] }, dry_run: true },
  });
});

it('task bulk waits for the outcome, and names the tasks that refused', async () => {
  const operation = { operation_id: ID, action: 'label', filter: {}, operator: 'o', state: 'waiting', matched: 3 };
  const failures = [{ task_id: 'c'.repeat(24), code: 'too_many_labels', detail: 'a task has 20 labels at most' }];
  let reads = 0;
  peer.override = ({ method }) => {
    const isDone = method === 'GET' && ++reads > 1;
    const counts = isDone ? { state: 'done', done: 2, unchanged: 0, failed: 1, failures } : { failures: [] };
    return { status: method === 'POST' ? 202 : 200, body: { ...operation, ...counts, more: false } };
  };
  const outcome = await run('task bulk label --all --add-label x --remove-label y');
  expect(outcome).toMatchObject({ code: 5, stdout: '3 matched, 2 done, 0 unchanged, 1 failed\n' });
  expect(outcome.stderr).toContain(`failed ${'c'.repeat(24)}: a task has 20 labels at most`);
  expect(peer.received[0]!.body).toMatchObject({ all: true, add_labels: ['x'], remove_labels: ['y'] });
  expect(reads).toBe(2);
});

it('task bulk-end ends an operation; the command that waits for it says so', async () => {
  const counts = { matched: 9, done: 2, unchanged: 0, failed: 0, failures: [], more: false };
  const operation = { operation_id: ID, action: 'pause', filter: {}, operator: 'o', ...counts };
  const ended = { ...operation, state: 'cancelled', cancelled_by: 'ada' };
  peer.override = ({ method }) =>
    method === 'POST' ? { status: 202, body: { ...operation, state: 'running' } } : { status: 200, body: ended };
  const { code, stdout, stderr } = await run('task bulk pause --all');
  expect([code, stdout]).toEqual([5, '9 matched, 2 done, 0 unchanged, 0 failed\n']);
  expect(stderr).toContain('ada ended it before its last task');
  expect(await run(`task bulk-end ${ID} --reason typo`)).toMatchObject({ code: 0, stdout });
  expect(peer.received.at(-1)).toMatchObject({
    method: 'DELETE',
    path: `/api/operations/${ID}`,
    query: { reason: 'typo' },
  });
});

it.each([
  'task bulk pause',
  'task bulk pause --all --label x',
  'task bulk label --all',
  'task bulk priority --all',
  'task bulk explode --all',
])('%s is a usage error', async (words) => {
  expect((await run(words)).code).toBe(2);
  expect(peer.received).toEqual([]);
});
