import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(__dirname, '../..');
const run = promisify(execFile);

/** An empty folder outside the workspace where a package is installed from tarballs, as its users install it. */
export interface Installation {
  folder: string;
  /** It and the packages of this workspace that it needs: the name of each, and the folder where it is installed. */
  packages: [name: string, folder: string][];
  cleanup(): Promise<void>;
}

/** Packs what is built, so `npm run build` comes first. Other packages come from pnpm's store or the registry. */
export async function installPacked(name: string): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'cyberstroll-packed-'));
  const cleanup = () => rm(folder, { recursive: true, force: true });
  try {
    const filter = ['--recursive', '--filter-prod', `${name}...`];
    await runPnpm(root, [...filter, 'pack', '--pack-destination', folder]);
    const tarballs = (await readdir(folder)).map((file): [string, string] => [toPackageName(file), `file:./${file}`]);
    await writeFile(join(folder, 'package.json'), JSON.stringify(await toManifest(name, tarballs)));
    // Without hoisting, a package finds only what it declares.
    await runPnpm(folder, ['install', '--prefer-offline', '--ignore-scripts', '--config.hoist=false']);
    return { folder, packages: await findPackages(join(folder, 'node_modules/.pnpm')), cleanup };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

const toPackageName = (tarball: string) => tarball.replace(/^cyberstroll-(.+)-\d+\.\d+\.\d+\.tgz$/, '@cyberstroll/$1');

/** Names one package alone; each package of the workspace comes from its tarball. */
async function toManifest(name: string, tarballs: [name: string, location: string][]) {
  return {
    private: true,
    type: 'module',
    dependencies: { [name]: '*', '@types/node': await readNodeTypesVersion() },
    pnpm: { overrides: Object.fromEntries(tarballs) },
  };
}

async function readNodeTypesVersion(): Promise<string> {
  const manifest = await readFile(require.resolve('@types/node/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** pnpm installs each package in a folder of its own, `@cyberstroll+targets@…/node_modules/@cyberstroll/targets`. */
async function findPackages(store: string): Promise<[name: string, folder: string][]> {
  const entries = (await readdir(store)).filter((entry) => entry.startsWith('@cyberstroll+'));
  return entries.map((entry) => {
    const name = entry.slice(0, entry.indexOf('@', 1)).replace('+', '/');
    return [name, join(store, entry, 'node_modules', name)];
  });
}

async function runPnpm(cwd: string, args: readonly string[]): Promise<void> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  const { packageManager } = JSON.parse(manifest) as { packageManager: string };
  await runProgram(cwd, 'npx', ['--yes', packageManager, ...args]);
}

export const runTypeScript = (cwd: string, args: readonly string[]): Promise<void> =>
  runProgram(cwd, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args]);

/** Without NODE_PATH: pnpm's shims set it, and a package would find what it does not declare. */
export const environment: NodeJS.ProcessEnv = { ...process.env, CI: 'true', NODE_PATH: '' };

/** Rejects with all that the program printed. */
async function runProgram(cwd: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { cwd, env: environment, maxBuffer: 8_000_000 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}
