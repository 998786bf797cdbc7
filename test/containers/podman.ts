/** Containers of the test run, in the store of this checkout alone. Each is removed by its id. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findContainers } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';

const execute = promisify(execFile);

const found = findContainers();
if (!found) throw new Error('podman is missing: node deploy/local/setup.mjs --containers');
const { environment, podman: program, compose, dir, runDir } = found;

/** A limit, with nothing kept, beside other work, and behind another run. */
export const SETUP_LIMIT_MS = 1_800_000;

/** What the program prints. A failure has what it prints as an error. */
export async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await execute(command, args, {
    env: { ...process.env, ...environment, ...env },
    maxBuffer: 2 ** 26,
  });
  return stdout.trim();
}

export const podman = (...args: string[]): Promise<string> => run(program, args);

/** Of this checkout: podman keeps one list of addresses and names for the networks of all stores. */
const project = basename(runDir);

/** podman-compose of this file. It makes containers, networks and volumes, and no pod. */
export const podmanCompose = (file: string, ...args: string[]): Promise<string> =>
  run(compose, ['--podman-path', program, '--in-pod', 'false', '--project-name', project, '--file', file, ...args]);

/**
 * Gives the bridge of each network of this project, for good, the address that it has; so does Docker. Else a bridge
 * has the lowest address of its members. When containers are made again, that may be another one, and those that stay
 * do not reach the bridge, which has podman's name server, until they ask for its address again: up to 45 s.
 */
export async function keepBridgeAddresses(): Promise<void> {
  const networks = await podman('network', 'ls', '--quiet', '--filter', `name=${project}`);
  const format = ['--format', '{{.NetworkInterface}}'];
  const bridges = await podman('network', 'inspect', ...format, ...networks.split('\n'));
  for (const bridge of bridges.split('\n')) {
    const file = `/sys/class/net/${bridge}/address`;
    // A network has a bridge from its first container on.
    if (!existsSync(file)) continue;
    await run('ip', ['link', 'set', 'dev', bridge, 'address', readFileSync(file, 'utf8').trim()]);
  }
}

/**
 * One run on this machine at a time, until this process ends: a subnet is free for podman until its first container
 * runs. Then removes what an earlier run left, where it was killed; nothing else is in this store.
 */
export async function takeMachine(): Promise<void> {
  await eventually(listen, { timeoutMs: SETUP_LIMIT_MS / 2, intervalMs: 1_000 });
  await podman('rm', '--all', '--force', '--volumes', '--time', '0');
  await podman('image', 'unmount', '--all', '--force');
  await podman('volume', 'prune', '--force');
  await podman('network', 'prune', '--force');
  rmSync(join(dir, 'tmp'), { recursive: true, force: true });
}

/** The name is no file: it goes with the process, however that ends. */
const listen = () =>
  new Promise<void>((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', () => reject(new Error('another run of the container tests has this machine')));
    server.listen('\0cyberstroll-containers', resolve);
  });

/** An empty folder, which the next run removes. */
export function makeFolder(name: string): string {
  const folder = join(dir, 'tmp', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The id of each container's first process, on this machine; 0 where it does not run. */
export const findPids = async (containers: readonly string[]): Promise<number[]> =>
  (await podman('inspect', '--format', '{{.State.Pid}}', ...containers)).split('\n').map(Number);

export interface Container {
  readonly id: string;
  /** What it has written. */
  readLogs(): Promise<string>;
  /** Its exit code, once it has ended. */
  waitForEnd(): Promise<number>;
  remove(): Promise<void>;
}

/** As compose.yaml runs it: no root, no capabilities, nothing to write but /tmp; on this machine's loopback. */
export async function startContainer(
  image: string,
  command: readonly string[],
  environmentOf: Record<string, string>,
): Promise<Container> {
  const rights = ['--read-only', '--read-only-tmpfs=false', '--tmpfs', '/tmp', '--cap-drop', 'ALL'];
  const variables = Object.entries(environmentOf).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const options = ['--detach', '--network', 'host', '--security-opt', 'no-new-privileges', ...rights, ...variables];
  const id = await podman('run', ...options, image, ...command);
  return {
    id,
    readLogs: () => run('sh', ['-c', '"$0" logs "$1" 2>&1', program, id]),
    waitForEnd: async () => Number(await podman('wait', id)),
    remove: async () => void (await podman('rm', '--force', '--time', '0', id)),
  };
}
