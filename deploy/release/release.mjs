// npm run release -- <version> [--dry-run] [--no-pin] [--no-image] [--no-build] [-- <arguments for the builder>]
//
// Makes a release of what is committed, and pushes nothing: pins the images of others, sets the version, cuts the
// section of the changelog, commits, builds, writes every file of the release to `release/<version>/`, tags. If a step
// fails, the checkout is as it was before. What earlier releases wrote stays: the tests of containers upgrade from it.
//
//   --dry-run   checks, and says what would be done
//   --no-pin    leaves the images of others as they are, where docker.io is not reached
//   --no-image  without the image, where there is no docker, podman or buildah
//   --no-build  what is built is up to date
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBuilder } from '../docker/builder.mjs';
import { pinImages } from '../docker/pin-images.mjs';
import { rootDir } from '../local/setup/run-step.mjs';
import { cutChangelog, hasSection } from './cut-changelog.mjs';
import { findVersions } from './find-versions.mjs';
import { listArtefacts, writeArtefacts } from './write-artefacts.mjs';

class Refusal extends Error {}

const refuse = (message) => {
  throw new Refusal(message);
};
const git = (...args) => execFileSync('git', args, { cwd: rootDir, encoding: 'utf8' }).trim();
const CHANGELOG = join(rootDir, 'CHANGELOG.md');
const toFolder = (version) => `release/${version}`;

function readArguments() {
  const options = {
    'dry-run': { type: 'boolean', default: false },
    'no-pin': { type: 'boolean', default: false },
    'no-image': { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  };
  const args = process.argv.slice(2);
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true });
  const [version = '', ...more] = positionals;
  if (!/^\d+\.\d+\.\d+(-rc\.\d+)?$/.test(version) || more.length > 0)
    refuse('name one version: npm run release -- 1.2.3, or 1.2.3-rc.1');
  return { version, ...values, builderArguments: end < 0 ? [] : args.slice(end + 1) };
}

/** Before anything is changed. */
function check({ version, tag, builder, 'no-image': isWithoutImage }) {
  const changed = git('status', '--porcelain');
  if (changed) refuse(`the tree is not clean: commit or remove this first\n${changed}`);
  if (git('tag', '--list', tag)) refuse(`the tag ${tag} is there already`);
  const changelog = readFileSync(CHANGELOG, 'utf8');
  if (hasSection(changelog, version)) refuse(`CHANGELOG.md has a section of ${version} already`);
  if (!isWithoutImage && !builder) refuse('no docker, podman or buildah answers: install one, or use --no-image');
}

async function pin() {
  await pinImages().catch((error) =>
    refuse(`images cannot be pinned: ${error.message}; --no-pin leaves them as they are`),
  );
}

function build() {
  const { status } = spawnSync(process.execPath, ['deploy/local/setup.mjs'], { cwd: rootDir, stdio: 'inherit' });
  if (status !== 0) refuse('the build failed');
}

async function release(options) {
  const { version, tag } = options;
  const folder = join(rootDir, toFolder(version));
  const before = git('rev-parse', 'HEAD');
  const date = new Date().toISOString().slice(0, 10);
  try {
    if (!options['no-pin']) await pin();
    for (const { path, text } of findVersions(version)) writeFileSync(path, text);
    writeFileSync(CHANGELOG, cutChangelog(readFileSync(CHANGELOG, 'utf8'), version, date));
    git('commit', '--all', '--quiet', '--message', `release: ${version}`);
    if (!options['no-build']) build();
    rmSync(folder, { recursive: true, force: true });
    await writeArtefacts(folder, options);
    git('tag', '--annotate', tag, '--message', `Version ${version}`);
  } catch (error) {
    git('reset', '--quiet', '--hard', before);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  console.log(readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd());
  console.log(
    `${tag} is tagged, and its files are in ${toFolder(version)}/. Nothing is pushed: git push --follow-tags`,
  );
}

function describe({ version, tag, ...options }) {
  const paths = findVersions(version).map(({ path }) => path.slice(rootDir.length + 1));
  console.log(`would set the version ${version} in ${paths.length} files, and cut its section of CHANGELOG.md`);
  if (!options['no-pin']) console.log('would pin the images of compose.yaml and the Dockerfile by their digests');
  console.log(`would commit this, and tag it as ${tag}`);
  for (const name of listArtefacts({ version, ...options })) console.log(`would write ${toFolder(version)}/${name}`);
}

try {
  const given = readArguments();
  const options = { ...given, tag: `v${given.version}`, builder: given['no-image'] ? undefined : findBuilder() };
  if (!existsSync(join(rootDir, '.git'))) refuse('a release is made of a clone');
  check(options);
  if (options['dry-run']) describe(options);
  else await release(options);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
