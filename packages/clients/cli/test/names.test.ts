import { type ApiPeer, createApiPeer, TASK_ID, toTask } from './api-peer';
import { runCli } from './run-cli';

const OTHER_ID = 'b'.repeat(24);

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());
const run = (line: string) => runCli(peer, line.split(' '));

describe('a task', () => {
  it('is found by its name, and by last if it is the newest', async () => {
    peer.tasks.set(TASK_ID, toTask(TASK_ID, { name: 'nightly' }));
    peer.tasks.set(OTHER_ID, toTask(OTHER_ID, { name: 'nightly of the DMZ' }));
    expect((await run('task get nightly --json')).json()).toMatchObject({ task_id: TASK_ID });
    expect((await run('task get last --json')).json()).toMatchObject({ task_id: TASK_ID });
    peer.override = ({ path }) => (path === '/api/audit' ? { status: 200, body: { items: [] } } : undefined);
    await run('audit --task nightly');
    expect(peer.received.at(-1)).toMatchObject({ path: '/api/audit', query: { task_id: TASK_ID } });
  });

  it('is not chosen among several of the same name', async () => {
    peer.tasks.set(TASK_ID, toTask(TASK_ID, { name: 'nightly' }));
    peer.tasks.set(OTHER_ID, toTask(OTHER_ID, { name: 'nightly', status: 'PAUSED' }));
    const { code, stderr } = await run('task cancel nightly');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`"nightly" is not unique: ${TASK_ID} (`)]);
    expect(stderr).toContain(`${OTHER_ID} (PAUSED)`);
    expect(peer.received.map(({ path }) => path)).toEqual(['/api/search']);
  });

  it('that does not exist is named as it was given', async () => {
    peer.tasks.clear();
    expect(await run('task get nightly')).toMatchObject({ code: 3 });
    expect(await run('task get last')).toMatchObject({ code: 3, stderr: 'error: there is no task yet\n' });
  });
});

it.each([
  ['schedule next dmz', { schedule_id: OTHER_ID, name: 'dmz' }],
  ['limit remove dmz', { limit_id: OTHER_ID, covers: { label: 'dmz' } }],
  ['freeze lift all', { freeze_id: OTHER_ID, covers: { all: true }, reason: 'r' }],
  ['exclusion get 10.0.0.0/24', { exclusion_id: OTHER_ID, target: '10.0.0.0/24', reason: 'r' }],
])('%s: what it is called', async (line, named) => {
  peer.override = ({ path }) => ({ status: 200, body: path.endsWith(OTHER_ID) ? named : { items: [named] } });
  await run(line);
  expect(peer.received.at(-1)!.path).toBe(`/api/${line.split(' ')[0]}s/${OTHER_ID}`);
});
