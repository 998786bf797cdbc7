/**
 * A private RabbitMQ node: own name, cookie, data, logs, plugins and ports, its own epmd, everything on loopback. It shares
 * nothing with a system instance, neither files nor the host's epmd (a kill -9 of one must not be seen by the other).
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import type { Engine, TlsFiles } from './engine';
import { findFreePort } from './free-port';
import { createPrivateProcess } from './private-process';
import { findEpmd, findRabbitmqctl, findRabbitmqServer } from './programs';

export interface RabbitmqEngine extends Engine {
  /** Base URL of the management API, with credentials. */
  readonly management_url: string;
  /** Runs `rabbitmqctl` on the node, for what the management API cannot do; resolves with what it prints. Takes seconds. */
  control(args: readonly string[]): Promise<string>;
}

const userName = 'cyberstroll';
const run = promisify(execFile);

/** A RabbitMQ node with its data under `dir`. Ports are chosen here and kept for the engine's life. */
export async function createRabbitmqEngine(dir: string, tls?: TlsFiles): Promise<RabbitmqEngine> {
  const server = findRabbitmqServer();
  const epmdProgram = findEpmd();
  if (!server || !epmdProgram) throw new Error('RabbitMQ is not installed: run node deploy/local/setup.mjs');
  mkdirSync(dir, { recursive: true });
  const password = readOrCreatePassword(join(dir, 'password'));
  const [port, managementPort, distributionPort, epmdPort] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  const tlsPort = tls && (await findFreePort());
  const url = `amqp://${userName}:${password}@127.0.0.1:${port}`;
  const managementUrl = `http://${userName}:${password}@127.0.0.1:${managementPort}`;

  writeFileSync(join(dir, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(
    join(dir, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      ...(tls
        ? [
            `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
            `ssl_options.cacertfile = ${tls.ca}`,
            `ssl_options.certfile = ${tls.cert}`,
            `ssl_options.keyfile = ${tls.key}`,
            'ssl_options.verify = verify_peer',
            'ssl_options.fail_if_no_peer_cert = true',
          ]
        : []),
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${managementPort}`,
      `default_user = ${userName}`,
      `default_pass = ${password}`,
      'disk_free_limit.absolute = 200MB',
      'vm_memory_high_watermark.absolute = 1GB',
      'raft.wal_max_size_bytes = 67108864',
      'log.file = rabbitmq-node.log',
      'log.file.level = info',
      'log.console = false',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );

  const erlangEnv = { ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(epmdPort) };
  const nodeEnv = {
    ...erlangEnv,
    // Every Erlang of this node listens on loopback only, the short-lived ones of its start and of rabbitmqctl included.
    ERL_AFLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: 'cyberstroll@localhost',
  };
  const epmd = createPrivateProcess({
    name: 'epmd',
    dir,
    command: epmdProgram,
    args: ['-address', '127.0.0.1', '-port', String(epmdPort)],
    env: erlangEnv,
    isReady: () => openAndClose(epmdPort),
    readyTimeoutMs: 10_000,
    stopGraceMs: 2_000,
  });
  const node = createPrivateProcess({
    name: 'rabbitmq',
    dir,
    command: server,
    args: [],
    env: {
      ...nodeEnv,
      // Makes the script become the server: the process that is recorded and signalled is the node itself.
      RUNNING_UNDER_SYSTEMD: 'true',
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
      RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(dir, 'data'),
      RABBITMQ_LOG_BASE: join(dir, 'log'),
      RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'generated'),
    },
    isReady: async () => {
      const response = await fetch(`http://127.0.0.1:${managementPort}/api/overview`, {
        headers: { authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}` },
        signal: AbortSignal.timeout(5_000),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`management answers ${response.status}`);
      const connection = await connect(url, { timeout: 5_000 });
      connection.on('error', () => {});
      await connection.close();
    },
    readyTimeoutMs: 90_000,
    stopGraceMs: 20_000,
  });

  const engine: RabbitmqEngine = {
    name: 'rabbitmq',
    url,
    ...(tls && { tls_url: `amqps://${userName}:${password}@127.0.0.1:${tlsPort}` }),
    management_url: managementUrl,
    get pid() {
      return node.pid;
    },
    async start() {
      await epmd.start();
      await node.start();
    },
    async stop() {
      await node.stop();
      await epmd.stop();
    },
    kill: () => node.kill(),
    onDeath: node.onDeath,
    async restart() {
      await node.stop();
      await engine.start();
    },
    async control(args) {
      const program = findRabbitmqctl();
      if (!program) throw new Error('rabbitmqctl is not installed');
      const env = { PATH: process.env['PATH'], HOME: dir, LANG: 'C.UTF-8', ...nodeEnv };
      return (await run(program, ['--quiet', ...args], { env, cwd: dir, timeout: 60_000 })).stdout;
    },
  };
  return engine;
}

function readOrCreatePassword(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const password = randomBytes(16).toString('hex');
    writeFileSync(file, password, { mode: 0o600 });
    return password;
  }
}

function openAndClose(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
