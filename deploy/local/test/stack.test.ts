import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProcessIdentity, isAlive, type ProcessIdentity } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { removeFolder } from '../src/remove-folder';
import { endLeftStacks } from '../src/stack/end-left-stacks';
import { type Stack, type StartStackOptions, startStack } from '../src/stack/start-stack';

const script = join(__dirname, 'tiny-service.cjs');
const services = ['task-api', 'state-updater', 'progress-pusher'].map((name) => {
  return { name, script, replicas: 1, stopsFirst: name === 'task-api' };
});
const engines = {
  rabbitmq_url: 'amqp://127.0.0.1:1',
  mongodb_uri: 'mongodb://127.0.0.1:1/?directConnection=true',
  redis_url: 'redis://127.0.0.1:1',
};

let dir: string;
let stack: Stack | undefined;
let messages: string[];
let sleepers: ChildProcess[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stack-'));
  messages = [];
  sleepers = [];
});

afterEach(async () => {
  for (const sleeper of sleepers) sleeper.kill('SIGKILL');
  await stack?.kill();
  stack = undefined;
  await removeFolder(dir);
});

async function start(options: Partial<StartStackOptions> = {}): Promise<Stack> {
  stack = await startStack({
    dir,
    engines,
    services,
    environment: {
      PATH: process.env['PATH'],
      STORY: join(dir, 'story'),
      SUPERVISOR: String(process.pid),
      API_KEYS: 'more:viewer:key',
    },
    timing: { baseMs: 20, capMs: 80, stableMs: 3_600_000 },
    log: (message) => messages.push(message),
    ...options,
  });
  return stack;
}

/** A process that does nothing. It ends when this one does, however that is. */
function spawnSleeper(): ProcessIdentity {
  const code = `setInterval(() => process.ppid === ${process.pid} || process.exit(), 100)`;
  const child = spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore' });
  sleepers.push(child);
  return findProcessIdentity(child.pid!)!;
}

const readStory = () => readFileSync(join(dir, 'story'), 'utf8').trim().split('\n');
const readStack = () => JSON.parse(readFileSync(join(dir, 'stack.json'), 'utf8'));
const readLedger = () => JSON.parse(readFileSync(join(dir, 'pids.json'), 'utf8'));

describe('startStack', () => {
  it('describes itself in a file that only the owner may read, with replicas as asked', async () => {
    const running = await start({ scale: { 'state-updater': 2 } });
    const described = readStack();
    expect(described).toEqual(running.describe());
    expect(statSync(join(dir, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(described.services.map((service: { instance: string }) => service.instance)).toEqual([
      'task-api-1',
      'state-updater-1',
      'state-updater-2',
      'progress-pusher-1',
    ]);
    for (const { health_url } of described.services) expect((await fetch(health_url)).status).toBe(200);
    expect(await (await fetch(described.api_url)).json()).toEqual({
      status: 'ok',
      instance: 'task-api-1',
      MONGODB_URI: 'mongodb://127.0.0.1:1/cyberstroll?directConnection=true',
      API_KEYS: `local:admin:${described.api_key},more:viewer:key`,
      TRUST_PROXY: '1',
    });
    expect(described.ws_url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    expect(readLedger().processes).toHaveLength(4);
  });

  it('has one origin in front of the API and the WebSockets, until it stops', async () => {
    const running = await start();
    const { dashboard_url: origin } = running.describe();
    const ask = async (path: string) => ((await (await fetch(origin + path)).json()) as { instance: string }).instance;
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect([await ask('api/tasks'), await ask('ws/tasks/progress')]).toEqual(['task-api-1', 'progress-pusher-1']);
    await running.stop();
    await expect(fetch(origin)).rejects.toThrow('fetch failed');
  });

  it('starts a service that died again, on the same port, waiting longer each time, and says so', async () => {
    const running = await start();
    const updater = running.services.find((service) => service.name === 'state-updater')!;
    const ends: string[] = [];
    for (const wait of ['0.02', '0.04', '0.08', '0.08']) {
      const before = updater.identity!;
      await updater.kill();
      ends.push(`state-updater-1 ended (SIGKILL); starting it again in ${wait} s`);
      await eventually(() => expect(messages.filter((message) => message.includes(' ended '))).toEqual(ends));
      await eventually(() => updater.identity && updater.identity.pid !== before.pid);
      await updater.waitUntilReady(170_000);
    }
    const { services: described } = readStack();
    expect(described[1]).toMatchObject({ instance: 'state-updater-1', pid: updater.identity!.pid });
    expect(readLedger().processes).toContainEqual({ ...updater.identity, name: 'state-updater-1' });
  });

  it('stops in order, kills what does not stop, and leaves neither files nor processes', async () => {
    const running = await start({ stopGraceMs: 3_000, serviceEnvironment: { 'progress-pusher': { STUBBORN: 'yes' } } });
    const identities = running.services.map((service) => service.identity!);
    await running.stop();
    await running.stop();
    const stops = readStory().filter((line) => line.endsWith('SIGTERM'));
    expect(stops[0]).toBe('task-api-1 SIGTERM');
    expect([...stops].sort()).toEqual(['progress-pusher-1 SIGTERM', 'state-updater-1 SIGTERM', 'task-api-1 SIGTERM']);
    expect(messages).toContain('progress-pusher-1 did not stop within 3 s and was killed');
    expect(identities.some(isAlive)).toBe(false);
    expect(existsSync(join(dir, 'stack.json'))).toBe(false);
    expect(existsSync(join(dir, 'pids.json'))).toBe(false);
  });

  it('fails with the end of the log when a service does not get ready, and stops the others', async () => {
    const failing = start({ readyTimeoutMs: 8_000, serviceEnvironment: { 'state-updater': { FAIL: 'yes' } } });
    await expect(failing).rejects.toThrow(/state-updater-1 is not ready after 8 s[\s\S]*cannot work like this/);
    expect(existsSync(join(dir, 'pids.json'))).toBe(false);
  });

  it('ends the processes that a crashed stack left, known by pid and start time', async () => {
    const [left, recycled] = [spawnSleeper(), spawnSleeper()];
    const dead = { pid: process.pid, start_time: 'long:ago' };
    const processes = [
      { ...left, name: 'left-1' },
      { ...recycled, start_time: `${recycled.start_time}0`, name: 'recycled-1' },
    ];
    writeFileSync(join(dir, 'pids.json'), JSON.stringify({ supervisor: dead, processes }));
    await start();
    expect(messages[0]).toBe('ending 1 processes that a stack left behind when it crashed');
    expect(isAlive(left)).toBe(false);
    expect(isAlive(recycled)).toBe(true);
  });

  it('refuses to start beside a stack that runs', async () => {
    const [supervisor, service] = [spawnSleeper(), spawnSleeper()];
    writeFileSync(join(dir, 'pids.json'), JSON.stringify({ supervisor, processes: [{ ...service, name: 'x' }] }));
    await expect(start()).rejects.toThrow(`a stack is running already, under process ${supervisor.pid}`);
    expect(isAlive(service)).toBe(true);
  });
});

describe('endLeftStacks', () => {
  it('ends stacks of killed tests and removes their folders, but none that is in use or only just made', async () => {
    const [left, supervisor, used] = [spawnSleeper(), spawnSleeper(), spawnSleeper()];
    const make = (name: string, ledger?: object) => {
      const folder = join(dir, name);
      mkdirSync(join(folder, '.local'), { recursive: true });
      if (ledger) writeFileSync(join(folder, '.local/pids.json'), JSON.stringify(ledger));
      return folder;
    };
    const dead = { pid: process.pid, start_time: 'long:ago' };
    const killed = make('cyberstroll-e2e-killed', { supervisor: dead, processes: [{ ...left, name: 'left-1' }] });
    const inUse = make('cyberstroll-e2e-used', { supervisor, processes: [{ ...used, name: 'used-1' }] });
    const fresh = make('cyberstroll-e2e-fresh');
    const other = make('other', { supervisor: dead, processes: [{ ...used, name: 'used-1' }] });
    await endLeftStacks((message) => messages.push(message), dir);
    expect([left, used].map(isAlive)).toEqual([false, true]);
    expect([killed, inUse, fresh, other].map(existsSync)).toEqual([false, true, true, true]);
    expect(messages).toEqual(['ending 1 processes that a stack left behind when it crashed']);
  });
});
