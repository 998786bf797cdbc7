import { type ApiPeer, createApiPeer, TASK_ID, toTask } from './api-peer';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.tasks.set(TASK_ID, toTask(TASK_ID, { labels: ['a', 'b'] }));
});
afterEach(() => peer.close());

const run = (words: string, options = {}) => runCli(peer, words.replace('TASK', TASK_ID).split(' '), options);

it('task label adds and removes, and reads again if somebody changed the task meanwhile', async () => {
  let isChanged = false;
  peer.override = ({ method }) => {
    if (method !== 'PATCH' || isChanged) return undefined;
    isChanged = true;
    peer.tasks.set(TASK_ID, toTask(TASK_ID, { labels: ['a', 'b', 'theirs'] }));
    peer.seq++;
    return undefined;
  };
  const { code, stdout } = await run('task label TASK --add 夜间 --add a --remove b --reason why');
  expect([code, stdout]).toEqual([0, `${TASK_ID}  priority 5  a, theirs, 夜间\n`]);
  const patches = peer.received.filter(({ method }) => method === 'PATCH');
  expect(patches.map(({ body }) => body)).toEqual([
    { labels: ['a', '夜间'], reason: 'why' },
    { labels: ['a', 'theirs', '夜间'], reason: 'why' },
  ]);
  expect((await run('task label TASK')).code).toBe(2);
});

it('task priority and task rename change one field', async () => {
  expect(await run('task priority TASK 8')).toMatchObject({ code: 0, stdout: `${TASK_ID}  priority 8  a, b\n` });
  expect((await run('task rename TASK 夜间扫描')).stdout).toBe(`${TASK_ID}  priority 8  夜间扫描  a, b\n`);
  expect((await run('task rename TASK --json')).json()).not.toHaveProperty('name');
  expect(peer.received.map(({ body }) => body)).toEqual([{ priority: 8 }, { name: '夜间扫描' }, { name: null }]);
  expect((await run('task priority TASK 11')).code).toBe(2);
});

it('task delete asks on a terminal, and deletes nothing without --yes where it cannot ask', async () => {
  const asked = await run('task delete TASK', { isTTY: true, stdin: 'n\n' });
  expect(asked).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Delete task ${TASK_ID} with all its results?`),
  });
  expect(peer.received).toEqual([]);
  for (const [words, options] of [
    ['task delete TASK', { isTTY: true, stdin: 'y\n' }],
    ['task delete TASK --yes', { isTTY: true }],
    ['task delete TASK --yes', {}],
  ] as const) {
    expect(await run(words, options)).toMatchObject({ code: 0, stdout: `${TASK_ID}  being deleted\n` });
  }
  expect(peer.received.map(({ method }) => method)).toEqual(['DELETE', 'DELETE', 'DELETE']);
});

it.each(['task delete TASK', 'task bulk delete --all', 'task clean-up --days 30', 'schedule delete TASK'])(
  '%s without a terminal needs --yes',
  async (words) => {
    expect(await run(words)).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
    expect(peer.received).toEqual([]);
  },
);
