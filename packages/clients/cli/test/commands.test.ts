/** One or two tests for each command of a task or of the whole. The lists are in lists.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiPeer, createApiPeer, problem, TASK_ID } from './api-peer';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());

describe('task create', () => {
  it('prints only the id on stdout, and sends only the given options', async () => {
    const { code, stdout, stderr } = await runCli(peer, ['task', 'create', '127.0.0.0/28', '--ports', '80,22,81']);
    expect([code, stdout]).toEqual([0, `${TASK_ID}\n`]);
    expect(stderr).toContain('created, 16 targets');
    expect(peer.received[0]!.body).toEqual({
      task_target: '127.0.0.0/28',
      task_initiator: expect.any(String),
      scan: { ports: '22,80-81' },
    });
    expect(peer.received[0]!.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('a repeat under the same key says that the task exists already', async () => {
    const words = ['task', 'create', '127.0.0.0/28', '--idempotency-key', 'nightly'];
    expect((await runCli(peer, words)).stderr).toContain('created, 16 targets');
    const again = await runCli(peer, words);
    expect([again.code, again.stdout]).toEqual([0, `${TASK_ID}\n`]);
    expect(again.stderr).toMatch(/^exists already, 16 targets; /);
    peer.move('COMPLETED', 16);
    const watched = await runCli(peer, [...words, '--watch']);
    expect(watched.stderr).toMatch(new RegExp(`^task ${TASK_ID} exists already, 16 targets\\n`));
  });

  it('passes every option on', async () => {
    const words =
      'task create 127.0.0.1 127.0.0.2-5 - --exclude 127.0.0.3 --exclude 127.0.0.4 --ports 1 --method nmap --type t --category c --initiator i --name n --label a --label b --priority 7 --max-retries 0 --retry-delay 0.5 --max-retry-delay 9 --retryable TIMEOUT=no --retryable OUT_OF_SCOPE=yes --timeout 60 --subtask-timeout 5 --pool edge --order sequential --error-threshold 9 --idempotency-key once --json';
    const { code, json } = await runCli(peer, words.split(' '), { stdin: '127.0.0.9\n127.0.0.10\n' });
    expect(code).toBe(0);
    expect(json()).toMatchObject({ task_id: TASK_ID, status: 'CREATED', name: 'n', labels: ['a', 'b'] });
    expect(peer.received[0]).toMatchObject({
      headers: { 'idempotency-key': 'once' },
      body: {
        task_target: '127.0.0.1,127.0.0.2-5,127.0.0.9\n127.0.0.10',
        exclude_target: '127.0.0.3,127.0.0.4',
        task_type: 't',
        task_category: 'c',
        task_initiator: 'i',
        name: 'n',
        labels: ['a', 'b'],
        scan: { ports: '1', method: 'nmap' },
        config: {
          priority: 7,
          max_retries: 0,
          retry_delay: 0.5,
          max_retry_delay: 9,
          retryable: { TIMEOUT: false, OUT_OF_SCOPE: true },
          timeout: 60,
          subtask_timeout: 5,
          pool: 'edge',
          order: 'sequential',
          error_threshold: 9,
        },
      },
    });
  });

  it('names are in any script, and an error threshold may be a share', async () => {
    const words = 'task create 127.0.0.1 --type 扫描 --category 夜间扫描 --initiator 张三 --error-threshold 2.5%'.split(
      ' ',
    );
    expect((await runCli(peer, words)).code).toBe(0);
    const names = { task_type: '扫描', task_category: '夜间扫描', task_initiator: '张三' };
    expect(peer.received[0]!.body).toMatchObject({ ...names, config: { error_threshold: '2.5%' } });
    const { stdout } = await runCli(peer, ['task', 'list']);
    expect(stdout).toMatch(/ 张三 +- +- +127\.0\.0\.1$/m);

    const bad = await runCli(peer, ['task', 'create', '127.0.0.1', '--error-threshold', '101%']);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('from 0% to 100%')]);
  });

  it('a target that the API refuses is a usage error that names the field', async () => {
    const { code, stdout, stderr } = await runCli(peer, ['task', 'create', '10.0.0.0/33']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('error: "10.0.0.0/33" has a prefix over 32\n  field: task_target\n');
  });

  it('each invalid field is printed once', async () => {
    const both = await runCli(peer, ['task', 'create', '127.0.0.1', '--pool', 'BAD', '--type', 'a\u202eb']);
    expect(both.code).toBe(2);
    expect(both.stderr).toMatch(
      /^error: the API refuses 2 fields\n {2}task_type: must not contain U\+202E.*\n {2}config.pool: must be .*\n$/,
    );
    const one = await runCli(peer, ['task', 'create', '127.0.0.1', '--pool', 'BAD']);
    expect([one.code, one.stderr]).toEqual([2, expect.stringMatching(/^error: config.pool: must be .*\n$/)]);
    peer.override = () =>
      problem(422, 'invalid_targets', 'task_target: "10.0.0.0/33" is no network', { field: 'task_target' });
    const target = await runCli(peer, ['task', 'create', '10.0.0.0/33']);
    expect(target.stderr).toBe('error: task_target: "10.0.0.0/33" is no network\n');
  });
});

it('statistics of everything, and of one task', async () => {
  const common = { completion_rate: 0.255, failure_rate: 0, average_execution_time: 1.54, retries_total: 2 };
  const fleet = {
    timestamp: '2026-01-31T12:00:00.000Z',
    tasks: { RUNNING: 2, FAILED: 0 },
    ...common,
    counted_tasks: 2,
    window_seconds: 3_600,
    is_complete: true,
    time_used: null,
    nodes: { online: 3, silent: 1, offline: 0 },
    node_utilisation: 0.5,
    active_tasks: 32,
    max_capacity: 64,
    claims_held: 30,
    subtasks_reassigned_total: { silent: 4, left: 0 },
    updates_applied_total: 99,
    average_update_lag: 0.04,
    queues: [
      { queue: 'cs.updates', messages: 7, nonempty_seconds: 90 },
      { queue: 'cs.jobs.default', messages: 0, nonempty_seconds: 0 },
      { queue: 'cs.jobs.edge', messages: 1, nonempty_seconds: null },
    ],
    leases: { tasks: 2, sweeps: 14 },
    alerts_active: { node_silent: 1, queue_backlog: 0 },
    dead_letters_waiting: 3,
    dead_letters_by_reason: { bad_field: 2, no_lease: 1 },
  };
  peer.override = ({ path }) => {
    if (path === '/api/statistics') return { status: 200, body: fleet };
    return path.endsWith('/statistics') ? { status: 200, body: { task_id: TASK_ID, ...common } } : undefined;
  };
  expect((await runCli(peer, ['statistics'])).stdout.split('\n')).toEqual([
    'tasks                      RUNNING 2',
    'counted_tasks              2, open or ended within 1 h',
    'completion_rate            25.5%',
    'failure_rate               0%',
    'average_execution_time     1.5 s',
    'claims_held                30',
    'retries_total              2',
    'subtasks_reassigned_total  silent 4',
    'updates_applied_total      99',
    'average_update_lag         40 ms',
    'nodes                      online 3, silent 1',
    'node_utilisation           50%, 32 of 64 slots',
    'leases                     tasks 2, sweeps 14',
    'queues                     cs.updates 7 (not empty for 1 min 30 s), cs.jobs.default 0, cs.jobs.edge 1',
    'dead_letters_waiting       3: bad_field 2, no_lease 1',
    'alerts_active              node_silent 1',
    '',
  ]);
  expect((await runCli(peer, ['statistics', '--json'])).json()).toEqual(fleet);
  expect((await runCli(peer, ['statistics', TASK_ID])).stdout.split('\n')[0]).toMatch(
    `task_id                 ${TASK_ID}`,
  );
});

describe('one task', () => {
  beforeEach(() => peer.move('RUNNING', 4));

  it('task get prints the contract fields and the history', async () => {
    const { code, stdout } = await runCli(peer, ['task', 'get', TASK_ID]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^task_id +0123456789abcdef01234567\nstatus +RUNNING\n/);
    expect(stdout).toMatch(/progress +25% of 16: pending 12, completed 4\n/);
    expect(stdout).toMatch(/scan +ports 22,80 by connect\n/);
    expect(stdout).toMatch(/config +max_retries=3 retry_delay=5 /);
    expect(stdout).toMatch(
      /\n\nSTATUS +TIMESTAMP +OPERATOR +REASON\nCREATED +2026-01-31 12:00:00Z +tester +created\n$/,
    );
    expect((await runCli(peer, ['task', 'get', TASK_ID, '--json'])).json()).toEqual({ ...peer.tasks.get(TASK_ID) });
  });

  it.each([
    ['pause', 'PAUSED'],
    ['resume', 'RUNNING'],
    ['cancel', 'CANCELLED'],
  ])('task %s prints the status after it: %s', async (command, status) => {
    if (command === 'resume') peer.move('PAUSED', 4);
    const { code, stdout, stderr } = await runCli(peer, ['task', command, TASK_ID, '--reason', 'lunch']);
    expect([code, stdout, stderr]).toEqual([0, `${TASK_ID}  ${status}\n`, '']);
    expect(peer.received[0]!.body).toEqual({ reason: 'lunch' });
    const again = await runCli(peer, ['task', command, TASK_ID]);
    expect([again.code, again.stdout]).toEqual([0, `${TASK_ID}  ${status}\n`]);
    expect(again.stderr).toBe(`task ${TASK_ID} is ${status} already\n`);
    expect((await runCli(peer, ['task', command, TASK_ID, '--json'])).json()).toMatchObject({ status });
  });

  it('task retry and subtask retry print how many are scanned again', async () => {
    const answer = { task_id: TASK_ID, retried: 3 };
    peer.override = () => ({ status: 202, body: answer });
    const { code, stdout } = await runCli(peer, ['task', 'retry', TASK_ID, '--reason', 'lunch']);
    expect([code, stdout]).toEqual([0, `${TASK_ID}  retried 3\n`]);
    expect((await runCli(peer, ['subtask', 'retry', `${TASK_ID}-7`, '--json'])).json()).toEqual(answer);
    expect(peer.received.map(({ path, body }) => [path, body])).toEqual([
      [`/api/tasks/${TASK_ID}/retry`, { reason: 'lunch' }],
      [`/api/tasks/${TASK_ID}/subtasks/${TASK_ID}-7/retry`, {}],
    ]);
  });

  it('task retry of a selection sends it, and says of a dry run that it is one', async () => {
    peer.override = () => ({ status: 200, body: { task_id: TASK_ID, status: 'RUNNING', retried: 2, dry_run: true } });
    const only = ['--target', '10.0.7.0/24', '--status', 'timeout', '--error-code', 'NODE_LOST', '--dry-run'];
    expect((await runCli(peer, ['task', 'retry', TASK_ID, ...only])).stdout).toBe(`${TASK_ID}  would retry 2\n`);
    const which = { target: '10.0.7.0/24', status: ['TIMEOUT'], error_code: 'NODE_LOST' };
    expect(peer.received.map(({ body }) => body)).toEqual([{ ...which, dry_run: true }]);
  });

  it('task retry and subtask retry with nothing to retry: 0, and why', async () => {
    peer.override = () => ({ status: 200, body: { task_id: TASK_ID, status: 'COMPLETED', retried: 0 } });
    expect(await runCli(peer, ['task', 'retry', TASK_ID])).toMatchObject({
      code: 0,
      stdout: `${TASK_ID}  retried 0\n`,
      stderr: `${TASK_ID} has nothing to retry: it is COMPLETED\n`,
    });
  });

  it.each(['pause', 'resume', 'cancel', 'retry'])(
    'task %s where it is illegal: exit code 5, and the allowed commands',
    async (command) => {
      peer.move('COMPLETED', 16);
      const refused = await runCli(peer, ['task', command, TASK_ID]);
      expect(refused).toMatchObject({ code: 5, stdout: '' });
      expect(refused.stderr).toBe(`error: a COMPLETED task takes no ${command}\n  allowed: nothing\n`);
      peer.override = () => problem(409, 'illegal_transition', 'no', { allowed: ['PAUSED', 'CANCELLED'] });
      const { stderr } = await runCli(peer, ['task', command, TASK_ID]);
      expect(stderr).toContain('  allowed: PAUSED, CANCELLED\n');
    },
  );

  it.each(['task get', 'task watch', 'task pause', 'task resume', 'task cancel', 'task retry', 'subtask list'])(
    '%s of an unknown task: 3',
    async (command) => {
      const { code, stdout, stderr } = await runCli(peer, [...command.split(' '), '../nodes']);
      expect([code, stdout, stderr]).toEqual([
        3,
        '',
        'error: there is no task ..%2Fnodes\n  → cyberstroll task list lists them\n',
      ]);
    },
  );
});

it('times are those of the local zone, with the offset; --utc and --json show UTC', async () => {
  peer.move('RUNNING', 4);
  peer.tasks.set(TASK_ID, {
    ...peer.tasks.get(TASK_ID)!,
    waiting_reason: { code: 'retries_backoff', message: 'two retries', until: '2026-01-31T16:00:00.000Z' },
  });
  const show = async (...words: string[]) => (await runCli(peer, words, { timeZone: 'Asia/Shanghai' })).stdout;
  const local = await show('task', 'get', TASK_ID);
  expect(local).toContain('\nCREATED  2026-01-31 20:00:00+08:00  ');
  expect(local).toContain(' until 2026-02-01 00:00:00+08:00: two retries\n');
  expect(await show('task', 'list')).toContain('  2026-01-31 20:00:00+08:00  ');
  expect(await show('task', 'get', TASK_ID, '--utc')).toContain('\nCREATED  2026-01-31 12:00:00Z  ');
  expect(await show('task', 'get', TASK_ID, '--json')).toContain('"created_time":"2026-01-31T12:00:00.000Z"');
});

it('a terminal sees states in colour, and nobody else', async () => {
  peer.move('COMPLETED', 16);
  const painted = '\u001b[32mCOMPLETED\u001b[39m';
  expect((await runCli(peer, ['task', 'list'], { isTTY: true })).stdout).toContain(painted);
  for (const words of [
    ['task', 'list', '--no-color'],
    ['task', 'list', '--json'],
  ]) {
    expect((await runCli(peer, words, { isTTY: true })).stdout).not.toContain('\u001b');
  }
  expect((await runCli(peer, ['task', 'list'])).stdout).not.toContain('\u001b');
  const refused = await runCli(peer, ['task', 'get', 'x'], { isTTY: true });
  expect(refused.stderr.startsWith('\u001b[31merror: \u001b[39mthere is no task x\n')).toBe(true);
});

it('--version: that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  for (const word of ['--version', '-V']) {
    expect(await runCli(undefined, [word])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  }
});

it('help: 0, on stdout, with the exit codes', async () => {
  const { code, stdout, stderr } = await runCli(undefined, ['--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('  5  the status does not allow the command');
});
