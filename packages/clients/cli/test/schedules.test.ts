import { type ApiPeer, createApiPeer } from './api-peer';
import { runCli } from './run-cli';

const ID = '66b2f0c3a1d4e5f607182930';
const NEXT = ['2099-01-01T02:30:00.000Z', '2099-01-02T02:30:00.000Z'];
const SCHEDULE = {
  schedule_id: ID,
  name: 'nightly',
  template: {
    task_target: '10.0.0.0/24',
    task_initiator: 'alice',
    scan: { ports: '22,80' },
    config: { windows: [{ days: ['mon', 'tue', 'wed'], from: '22:00', to: '06:00', time_zone: 'UTC' }] },
  },
  cron: '30 2 * * *',
  time_zone: 'UTC',
  jitter: 0,
  overlap: 'skip',
  catch_up: 3600,
  operator: 'otto',
  paused: false,
  created_time: '2026-01-31T12:00:00.000Z',
  updated_time: '2026-01-31T12:00:00.000Z',
  next_time: NEXT[0],
  next_times: NEXT,
};
const PLAN = {
  would_create: true,
  total_targets: 254,
  excluded: 0,
  exclusions: {
    count: 2,
    by: [{ exclusion_id: 'e'.repeat(24), target: '10.0.0.1', reason: 'r', count: 2 }],
    ports: [],
  },
  duplicates: 0,
  refused: [],
  refused_count: 0,
  sample: { first: ['10.0.0.2'], last: ['10.0.0.255'] },
  ports: 2,
  probes: 508,
  estimate: null,
  begins: '2026-12-02T12:00:00.000Z',
  warnings: [],
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ path }) => {
    if (path === '/api/tasks/dry-run') return { status: 200, body: PLAN };
    if (path === '/api/schedules/dry-run') return { status: 200, body: { next_times: NEXT, total_targets: 254 } };
    return { status: 200, body: SCHEDULE };
  };
});
afterEach(() => peer.close());

const TIMES = 'PLANNED_TIME\n2099-01-01 02:30:00Z\n2099-01-02 02:30:00Z\n';

it('schedule next has a line for each time', async () => {
  expect(await runCli(peer, ['schedule', 'next', ID])).toMatchObject({ code: 0, stdout: TIMES });
});

it('schedule create --dry-run shows what a task of it would be, and when it runs', async () => {
  const words = ['schedule', 'create', 'nightly', '10.0.0.0/24', '--cron', '30 2 * * *', '--dry-run'];
  const { code, stdout } = await runCli(peer, words);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^targets +254\nexcluded +0\nexclusions +2\n/)]);
  expect(stdout).toMatch(/\nprobes +508\n/);
  expect(stdout).toMatch(/\nbegins +2026-12-02 12:00:00Z\n/);
  expect(stdout.endsWith(`\n\n${TIMES}`)).toBe(true);
  expect(peer.received.map(({ path }) => path)).toEqual(['/api/tasks/dry-run', '/api/schedules/dry-run']);
  expect((await runCli(peer, [...words, '--json'])).json()).toMatchObject({ next_times: NEXT, task: PLAN });
});

it('schedule get shows its state and its template as fields', async () => {
  const { stdout } = await runCli(peer, ['schedule', 'get', ID]);
  expect(stdout).toMatch(/\nstate +active\n/);
  expect(stdout).toMatch(/\ntask_target +10\.0\.0\.0\/24\nscan +ports 22,80\ntask_initiator +alice\n/);
  expect(stdout).toMatch(/\nconfig +windows=mon-wed 22:00-06:00 UTC\n$/);
});
