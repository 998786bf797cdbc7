import { eventually } from '@cyberstroll/testkit';
import { CliError, createApiClient, type WatchOptions, type WatchUpdate, watchTask } from '../src';
import { type ApiPeer, createApiPeer, KEY, problem, TASK_ID, toTask } from './api-peer';
import { startCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.move('RUNNING', 0);
});
afterEach(() => peer.close());

const NEVER_MS = 3_600_000;
/** Quick enough for a test. A test that must not see a change by polling sets `pollMs` out of reach. */
const TIMING = { pollMs: 20, stillMs: NEVER_MS, giveUpMs: NEVER_MS, reconnectBaseMs: 10, reconnectCapMs: 50 };

function watch(options: WatchOptions = {}) {
  const updates: WatchUpdate[] = [];
  const notices: string[] = [];
  const client = createApiClient({ url: peer.url, key: KEY });
  const end = watchTask(client, TASK_ID, {
    onUpdate: (update) => updates.push(update),
    onNotice: (text) => notices.push(text),
    ...options,
    timing: { ...TIMING, ...options.timing },
  });
  end.catch(() => {});
  return { updates, notices, end, progress: () => updates.map((update) => update.progress) };
}

describe('watchTask', () => {
  it('reports each pushed change once and resolves with the last', async () => {
    const { end, progress, updates } = watch({ timing: { pollMs: NEVER_MS } });
    await eventually(() => peer.hasSocket());
    for (const completed of [4, 8]) peer.move('RUNNING', completed);
    peer.push();
    peer.move('COMPLETED', 16);
    expect(await end).toMatchObject({ status: 'COMPLETED', progress: 100, counts: { completed_count: 16 }, done: 16 });
    expect(progress()).toEqual([0, 25, 50, 100]);
    expect(updates.at(-1)!.seq).toBe(peer.seq);
  });

  it.each([
    ['a paused task', { status: 'PAUSED' }],
    ['a frozen task', { hold: { code: 'frozen', reason: 'an outage', since: '2026-01-31T12:00:00.000Z' } }],
  ] as const)('has no time to the end of %s', async (_what, change) => {
    const estimated_completion = new Date(Date.now() + 60_000).toISOString();
    peer.tasks.set(TASK_ID, toTask(TASK_ID, { estimated_completion, ...change }));
    const { updates } = watch();
    await eventually(() => updates.length > 0);
    expect(updates[0]!.estimated_remaining).toBeNull();
    peer.move('COMPLETED', 16);
  });

  it('an ended task: at once, without a WebSocket', async () => {
    peer.move('CANCELLED', 3);
    expect(await watch().end).toMatchObject({ status: 'CANCELLED', counts: { cancelled_count: 13 } });
    expect(peer.socketsOpened).toBe(0);
  });

  it('reconnects after a cut, and the first frame has the missed changes', async () => {
    const { end, progress } = watch({ timing: { pollMs: NEVER_MS } });
    await eventually(() => peer.hasSocket());
    peer.dropSockets();
    peer.move('RUNNING', 8, { silently: true });
    await eventually(() => progress().includes(50));
    expect(peer.socketsOpened).toBe(2);
    peer.move('FAILED', 8);
    expect(await end).toMatchObject({ status: 'FAILED' });
  });

  it('asks the API while there is no WebSocket, and returns to the WebSocket', async () => {
    peer.takesSockets = false;
    const { end, updates } = watch();
    peer.move('RUNNING', 4);
    await eventually(() => updates.some((update) => update.progress === 25 && update.seq === undefined));
    peer.takesSockets = true;
    await eventually(() => peer.hasSocket());
    peer.move('RUNNING', 8);
    await eventually(() => updates.some((update) => update.progress === 50 && update.seq !== undefined));
    peer.move('TIMEOUT', 8);
    expect(await end).toMatchObject({ status: 'TIMEOUT' });
  });

  it('asks the API if a live WebSocket is quiet: a lost last push does no harm', async () => {
    const { end } = watch({ timing: { stillMs: 50 } });
    await eventually(() => peer.hasSocket());
    peer.move('COMPLETED', 16, { silently: true });
    expect(await end).toMatchObject({ status: 'COMPLETED' });
  });

  it('says why a task waits, once per reason, with and without a WebSocket', async () => {
    const { end, notices } = watch({ timing: { stillMs: 50 } });
    const waits = async (code: 'sent_to_queue' | 'node_silent', message: string) => {
      const before = notices.length;
      peer.tasks.get(TASK_ID)!.waiting_reason = { code, message };
      await eventually(() => notices.length > before);
    };
    await eventually(() => peer.hasSocket());
    await waits('sent_to_queue', 'no node has taken it');
    peer.takesSockets = false;
    peer.dropSockets();
    await waits('node_silent', 'n1 was last heard 16 s ago');
    // The message changes with time, the code does not: no new notice. Nor is there one for what moved.
    peer.tasks.get(TASK_ID)!.waiting_reason = { code: 'node_silent', message: 'n1 was last heard 17 s ago' };
    const asked = peer.received.length;
    await eventually(() => peer.received.length > asked + 5);
    delete peer.tasks.get(TASK_ID)!.waiting_reason;
    peer.move('COMPLETED', 16);
    await end;
    expect(notices).toEqual([
      'waits: sent_to_queue: no node has taken it',
      'waits: node_silent: n1 was last heard 16 s ago',
    ]);
  });

  it('prints no reason while the task makes progress', async () => {
    peer.takesSockets = false;
    peer.tasks.get(TASK_ID)!.waiting_reason = { code: 'fleet_busy', message: 'every slot is taken' };
    const { end, notices } = watch();
    await eventually(() => peer.received.length > 5);
    peer.move('COMPLETED', 16);
    await end;
    expect(notices).toEqual([]);
  });

  it('ignores an answer of the API that is older than a push', async () => {
    const { end, progress } = watch({ timing: { stillMs: 20 } });
    await eventually(() => peer.hasSocket());
    const before = peer.tasks.get(TASK_ID)!;
    peer.override = async () => {
      peer.override = () => undefined;
      peer.move('RUNNING', 8);
      await eventually(() => progress().includes(50));
      return { status: 200, body: before };
    };
    const asked = peer.received.length;
    await eventually(() => peer.received.length > asked + 1);
    peer.move('COMPLETED', 16);
    await end;
    expect(progress()).toEqual([0, 50, 100]);
  });

  it('ignores frames that are not a newer update of this task', async () => {
    const { end, progress } = watch({ timing: { pollMs: NEVER_MS } });
    await eventually(() => peer.hasSocket());
    peer.move('RUNNING', 8);
    peer.seq = 0;
    peer.move('RUNNING', 4);
    for (const frame of ['{', '[]', '{"type":"progress_update","status":"COMPLETED"}']) peer.sendRaw(frame);
    peer.seq = 10;
    peer.move('COMPLETED', 16);
    await end;
    expect(progress()).toEqual([0, 50, 100]);
  });

  it('reports once when neither answers, and when they are back', async () => {
    peer.takesSockets = false;
    const { end, notices, updates } = watch();
    await eventually(() => updates.length > 0);
    peer.override = () => problem(503, 'mongodb_unavailable', 'MongoDB is away');
    await eventually(() => notices.length > 0);
    peer.override = () => problem(500, 'internal_error', 'a bug');
    const asked = peer.received.length;
    await eventually(() => peer.received.length > asked + 2);
    peer.override = () => undefined;
    peer.move('COMPLETED', 16);
    await end;
    expect(notices).toEqual(['MongoDB is away; trying again', 'connected again']);
  });

  it('gives up as unreachable when neither comes back', async () => {
    peer.takesSockets = false;
    const { end } = watch({ timing: { giveUpMs: 300 } });
    await eventually(() => peer.received.length > 1);
    peer.override = () => 'hang up';
    await expect(end).rejects.toMatchObject({ exit: 'unreachable' });
  });

  it('a task that was cleaned up is not found', async () => {
    peer.takesSockets = false;
    const { end } = watch();
    await eventually(() => peer.received.length > 1);
    peer.tasks.clear();
    await expect(end).rejects.toMatchObject({ exit: 'notFound' });
  });

  it('an abort ends the watching and closes the socket', async () => {
    const stop = new AbortController();
    const { end } = watch({ signal: stop.signal });
    await eventually(() => peer.hasSocket());
    stop.abort();
    await expect(end).rejects.toThrow(CliError);
    await eventually(() => !peer.hasSocket());
    expect(peer.tasks.get(TASK_ID)!.status).toBe('RUNNING');
  });
});

describe('cyberstroll task watch', () => {
  it.each([
    ['COMPLETED', 0, ''],
    ['FAILED', 6, `error: task ${TASK_ID} ended as FAILED\n`],
    ['CANCELLED', 6, `error: task ${TASK_ID} ended as CANCELLED\n`],
    ['TIMEOUT', 6, `error: task ${TASK_ID} ended as TIMEOUT\n`],
  ] as const)('to %s: %d; the end on stdout, progress on stderr', async (status, exitCode, error) => {
    const { stdout, stderr, exitCode: end } = startCli(peer, ['task', 'watch', TASK_ID]);
    await eventually(() => peer.hasSocket());
    peer.move(status, 16);
    expect(await end).toBe(exitCode);
    expect(stdout.text).toBe(`task ${TASK_ID} ${status} after 4.2 s: 16 targets, completed 16\n`);
    expect(stderr.text).toBe(`RUNNING  0.0%  0/16  pending 16\n${status}  100%  16/16  completed 16\n${error}`);
  });

  it('prints the number of failed addresses and the most frequent error; a COMPLETED task with failures exits with 0', async () => {
    const error_codes = { TIMEOUT: 2, PORT_UNREACHABLE: 5, SCANNER_MISSING: 1 };
    peer.override = ({ path }) =>
      path.endsWith('/statistics') ? { status: 200, body: { task_id: TASK_ID, error_codes } } : undefined;
    const { stdout, exitCode } = startCli(peer, ['task', 'watch', TASK_ID]);
    await eventually(() => peer.hasSocket());
    peer.move('COMPLETED', 12, { failed: 4 });
    expect(await exitCode).toBe(0);
    const end = `task ${TASK_ID} COMPLETED after 4.2 s: 16 targets, completed 12, failed 4\n`;
    expect(stdout.text).toBe(`${end}4 of 16 addresses failed, most often PORT_UNREACHABLE (5 attempts)\n`);
    // Without the figures the end is printed all the same.
    peer.override = ({ path }) => (path.endsWith('/statistics') ? problem(503, 'unavailable', 'away') : undefined);
    const again = startCli(peer, ['task', 'watch', TASK_ID]);
    expect(await again.exitCode).toBe(0);
    expect(again.stdout.text).toBe(`${end}4 of 16 addresses failed\n`);
  });

  it('--json: one line per update and nothing else', async () => {
    const { stdout, stderr, exitCode } = startCli(peer, ['task', 'watch', TASK_ID, '--json']);
    await eventually(() => peer.hasSocket());
    peer.move('PAUSED', 4);
    peer.move('COMPLETED', 16);
    expect(await exitCode).toBe(0);
    const lines = stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { type: 'progress_update', task_id: TASK_ID, status: 'RUNNING', progress: 0 },
      { status: 'PAUSED', progress: 25, counts: { pending_count: 12 } },
      { status: 'COMPLETED', progress: 100 },
    ]);
    expect(stderr.text).toBe('');
  });

  it('Ctrl-C: 130, and says that the task continues', async () => {
    const { stderr, exitCode, interrupt } = startCli(peer, ['task', 'watch', TASK_ID]);
    await eventually(() => peer.hasSocket());
    interrupt();
    expect(await exitCode).toBe(130);
    expect(stderr.text).toMatch(/\nstopped watching; task \w+ continues\n$/);
    expect(peer.received.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('task create --watch follows the new task', async () => {
    peer.tasks.clear();
    const { stdout, stderr, exitCode } = startCli(peer, ['task', 'create', '127.0.0.0/28', '--watch']);
    await eventually(() => peer.hasSocket());
    peer.move('RUNNING', 2);
    peer.move('COMPLETED', 16);
    expect(await exitCode).toBe(0);
    expect(stdout.text).toBe(`task ${TASK_ID} COMPLETED after 4.2 s: 16 targets, completed 16\n`);
    expect(stderr.text).toMatch(/^task \w+ created, 16 targets\nCREATED .*\nRUNNING .*\nCOMPLETED .*\n$/);
  });
});
