/** A RabbitMQ of this run alone: own data, name and ports, all on loopback, nothing of it left afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';

const READY_WITHIN_MS = 90_000;
const SHOWN_LINES = 10;
const NODE_NAME = 'conformance@localhost';

export interface PrivateBroker {
  url: string;
  stop(): Promise<void>;
}

/** `settings`: more lines of its rabbitmq.conf. */
export async function startPrivateBroker(...settings: string[]): Promise<PrivateBroker> {
  // Debian's program on PATH changes to the system's user and directories; the script itself does not.
  const program = findProgram('rabbitmq-server', ['/usr/lib/rabbitmq/bin']);
  const epmdProgram = findProgram('epmd', ['/usr/lib/erlang/bin', '/usr/local/lib/erlang/bin']);
  if (!program || !epmdProgram) {
    throw new Error('RabbitMQ is not installed: install it, or set RABBITMQ_URL to an empty vhost of a running one');
  }
  const dir = mkdtempSync(join(tmpdir(), 'conformance-'));
  const [port, epmdPort, distributionPort] = [await findPort(), await findPort(), await findPort()];
  writeFileSync(join(dir, 'enabled_plugins'), '[].\n');
  const password = randomBytes(16).toString('hex');
  const allSettings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    `default_pass = ${password}`,
    'disk_free_limit.absolute = 50MB',
    'log.console = false',
    ...settings,
    '',
  ];
  writeFileSync(join(dir, 'rabbitmq.conf'), allSettings.join('\n'), { mode: 0o600 });
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: dir,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_AFLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // Makes the script become the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: NODE_NAME,
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(dir, 'data'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'generated'),
  };
  const options = { cwd: dir, env, stdio: 'ignore' as const };
  const epmd = spawn(epmdProgram, ['-address', '127.0.0.1', '-port', String(epmdPort)], options);
  const output = openSync(join(dir, 'output'), 'w');
  const server = spawn(program, [], { ...options, stdio: ['ignore', output, output] });
  closeSync(output);
  const stop = async () => {
    await end(server);
    await end(epmd);
    // RabbitMQ may leave files for a moment after its end.
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  const url = `amqp://guest:${password}@127.0.0.1:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (server.exitCode === null && Date.now() < until) await delay(200);
    else {
      const how = server.exitCode === null ? `no answer within ${READY_WITHIN_MS / 1_000} s` : 'it has ended';
      const said = await readLog(join(dir, 'log', `${NODE_NAME}.log`), join(dir, 'output'));
      await stop();
      throw new Error(`the private RabbitMQ (${program}) did not start: ${how}; ${said}`);
    }
  }
  return { url, stop };
}

/** The first errors, or else the last lines, of the first of these files that has any: Erlang's crash is long. */
async function readLog(...files: string[]): Promise<string> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const errors = lines.filter((line) => line.includes('[error]'));
    if (errors.length > 0) return `the first errors of its log:\n${errors.slice(0, SHOWN_LINES).join('\n')}`;
    if (lines.length > 0) return `the last lines of its log:\n${lines.slice(-SHOWN_LINES).join('\n')}`;
  }
  return 'it has logged nothing';
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await connect(url, { timeout: 5_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Its data are thrown away.
  child.kill('SIGKILL');
  await ended;
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function findProgram(name: string, directories: readonly string[]): string | undefined {
  const all = [...directories, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  return all
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
