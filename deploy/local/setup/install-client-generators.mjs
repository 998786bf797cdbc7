import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installGo } from './build-go-node.mjs';
import { installDebianPackages } from './install-debian-packages.mjs';
import { installRequirements } from './install-requirements.mjs';
import { findOnPath } from './programs.cjs';
import { localDir, rootDir, SetupError, say } from './run-step.mjs';

const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2';
const jars = join(localDir, 'client-generator-jars');

/**
 * What `npm run test:clients` makes clients of the HTTP API with: openapi-python-client and mypy, openapi-generator and
 * the libraries of its clients in Java, Go, and a JDK.
 */
export async function installClientGenerators() {
  await installRequirements('client-generator');
  await installJdk();
  await installJars();
  await installGo();
}

async function installJdk() {
  if (findOnPath('javac')) return;
  say('installing a JDK for the tests (a minute)');
  await installDebianPackages(['default-jdk-headless']);
  if (!findOnPath('javac')) throw new SetupError('a JDK was installed, but javac is not where expected');
}

/** The files that client-generator-jars.txt lists: SHA-256, two spaces, and the path in Maven Central. */
async function installJars() {
  mkdirSync(jars, { recursive: true });
  const list = readFileSync(join(rootDir, 'deploy/local/setup/client-generator-jars.txt'), 'utf8');
  const wanted = list.split('\n').filter((line) => /^[0-9a-f]{64}/.test(line));
  const missing = wanted.filter((line) => !existsSync(toFile(line)));
  if (missing.length > 0) say('fetching openapi-generator for the tests (some seconds)');
  for (const line of missing) await download(line);
}

const toFile = (line) => join(jars, basename(line));

async function download(line) {
  const [digest, path] = line.split('  ');
  const url = `${MAVEN_CENTRAL}/${path}`;
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new SetupError(`${url} cannot be fetched (${response?.status ?? 'no answer'})`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== digest) throw new SetupError(`${url} has the SHA-256 ${found}, and ${digest} is expected`);
  writeFileSync(`${toFile(line)}.new`, bytes);
  renameSync(`${toFile(line)}.new`, toFile(line));
}
