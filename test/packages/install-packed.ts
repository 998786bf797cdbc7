import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(__dirname, '../..');
const run = promisify(execFile);

/** An empty folder outside the workspace where a package is installed from its tarball, as its users install it. */
export interface Installation {
  folder: string;
  /** Where it comes from, as a path from the root. */
  source: string;
  /** Where the package is installed. */
  packageFolder: string;
  cleanup(): Promise<void>;
}

/** Packs what is built, so `npm run build` comes first. Other packages come from npm's cache or the registry. */
export async function installPacked(source: string): Promise<Installation> {
  const name = basename(source);
  const folder = await mkdtemp(join(tmpdir(), 'cyberstroll-packed-'));
  const cleanup = () => rm(folder, { recursive: true, force: true });
  try {
    await runProgram(join(root, source), 'npm', ['pack', '--pack-destination', folder]);
    const [tarball] = await readdir(folder);
    const dependencies = {
      [`@cyberstroll/${name}`]: `file:./${tarball}`,
      '@types/node': await readNodeTypesVersion(),
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
    await runProgram(folder, 'npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
    return { folder, source, packageFolder: join(folder, 'node_modules/@cyberstroll', name), cleanup };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

async function readNodeTypesVersion(): Promise<string> {
  const manifest = await readFile(require.resolve('@types/node/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
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
