import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findClientGenerators } from '@cyberstroll/local';
import { ROOT } from '../e2e/test-stack';

const run = promisify(execFile);

const DOCUMENT = join(ROOT, 'docs/openapi.json');
const DRIVERS = join(ROOT, 'test/clients/drivers');
const SETUP = join(ROOT, 'deploy/local/setup');
/** What a client is made of: made of the same again, it is the same. */
const SOURCES = [
  DOCUMENT,
  __filename,
  join(DRIVERS, 'drive.py'),
  join(DRIVERS, 'drive.go'),
  ...['client-generator-requirements.txt', 'client-generator-jars.txt'].map((name) => join(SETUP, name)),
];

function findPrograms() {
  const programs = findClientGenerators();
  if (!programs) throw new Error('generators of clients are missing: node deploy/local/setup.mjs --clients');
  return programs;
}

/** A client in `.local/clients/<name>`, which `make` generates and compiles unless an earlier run did. */
async function makeOnce(name: string, make: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(ROOT, '.local/clients', name);
  const madeOf = join(dir, 'made-of.txt');
  const digest = createHash('sha256');
  for (const source of SOURCES) digest.update(readFileSync(source));
  const wanted = digest.digest('hex');
  if (existsSync(madeOf) && readFileSync(madeOf, 'utf8') === wanted) return dir;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  await make(dir);
  writeFileSync(madeOf, wanted);
  return dir;
}

/** How a client is driven: a program and its first arguments. */
export type Driver = readonly [program: string, ...args: string[]];

/** By openapi-python-client, which leaves out what it does not understand, with a warning. mypy checks it, strictly. */
export async function makePythonClient(): Promise<Driver> {
  const { python, pythonClient, mypy } = findPrograms();
  const dir = await makeOnce('python', async (folder) => {
    const config = join(folder, 'config.yaml');
    writeFileSync(config, 'post_hooks: []\n');
    const output = ['--meta', 'none', '--output-path', join(folder, 'cyberstroll_client')];
    const options = ['--path', DOCUMENT, '--config', config, '--fail-on-warning', ...output];
    await run(pythonClient, ['generate', ...options]);
    await cp(join(DRIVERS, 'drive.py'), join(folder, 'drive.py'));
    await run(mypy, ['--strict', '--no-error-summary', 'cyberstroll_client', 'drive.py'], { cwd: folder });
  });
  return [python, join(dir, 'drive.py')];
}

/** For a Java program that runs once, for some seconds: half of the CPU time. */
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** By openapi-generator, with its own defaults. */
async function generate(generator: 'go' | 'java', dir: string, options: readonly string[]): Promise<void> {
  const { java, jars } = findPrograms();
  const [jar] = readdirSync(jars).filter((name) => name.startsWith('openapi-generator-cli-'));
  const none = 'apiDocs=false,modelDocs=false,apiTests=false,modelTests=false';
  const args = ['generate', '-i', DOCUMENT, '-g', generator, '-o', dir, '--global-property', none, ...options];
  await run(java, [...JVM_FLAGS, '-jar', join(jars, jar!), ...args], { maxBuffer: 2 ** 26 });
}

export async function makeGoClient(): Promise<Driver> {
  const dir = await makeOnce('go', async (folder) => {
    const name = ['--git-host', 'cyberstroll.example', '--git-user-id', 'tests', '--git-repo-id', 'client'];
    await generate('go', folder, [...name, '--package-name', 'client']);
    mkdirSync(join(folder, 'drive'));
    await cp(join(DRIVERS, 'drive.go'), join(folder, 'drive/main.go'));
    const env = { ...process.env, GOFLAGS: '-mod=mod' };
    await run(findPrograms().go, ['build', '-o', 'driver', './drive'], { cwd: folder, env });
  });
  return [join(dir, 'driver')];
}

/** Only compiled: the two others show what an answer holds. */
export async function makeJavaClient(): Promise<void> {
  await makeOnce('java', async (folder) => {
    await generate('java', folder, ['--library', 'native']);
    const { javac, jars } = findPrograms();
    const sources = readdirSync(join(folder, 'src/main/java'), { recursive: true, encoding: 'utf8' });
    const files = sources.filter((name) => name.endsWith('.java')).map((name) => join(folder, 'src/main/java', name));
    writeFileSync(join(folder, 'files.txt'), files.join('\n'));
    const options = ['-nowarn', '-proc:none', '-cp', join(jars, '*'), '-d', join(folder, 'classes')];
    await run(javac, [...JVM_FLAGS.map((flag) => `-J${flag}`), ...options, `@${join(folder, 'files.txt')}`]);
  });
}
