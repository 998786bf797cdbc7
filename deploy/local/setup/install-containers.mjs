import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installChromium } from './install-chromium.mjs';
import { installDebianPackages } from './install-debian-packages.mjs';
import { installRequirements } from './install-requirements.mjs';
import { findContainers, findMongodbServer, findOnPath } from './programs.cjs';
import { rootDir, runStep, SetupError, say, UnavailableError } from './run-step.mjs';

/** By the Debian package that has it, a program of it. */
const PROGRAMS = {
  podman: 'podman',
  buildah: 'buildah',
  runc: 'runc',
  catatonit: 'catatonit',
  debootstrap: 'debootstrap',
  // netavark makes networks with it.
  iptables: 'iptables',
  // The tests keep the addresses of bridges with it.
  iproute2: 'ip',
};
const LIBRARIES = ['netavark', 'aardvark-dns'];
const MIRROR = 'http://deb.debian.org/debian';
const SUITE = 'bookworm';
const NODE = `node-linux-${process.arch}@24.22.3`;
const NPM = 'npm@11.21.2';
const MONGOSH = 'mongosh@2.12.0';
const images = join(rootDir, 'test/containers/images');

/**
 * What `npm run test:containers` runs: podman, buildah and podman-compose, with a store of their own in
 * `.local/containers`, and in it the images that stand for those of docker.io, which is never asked. Rejects with an
 * UnavailableError where the machine cannot run containers, or cannot fetch what they are made of. `mongodbServer`
 * resolves when the server that one of the images has is there.
 */
export async function installContainers(mongodbServer) {
  const containers = await fetched(prepare());
  await checkThatContainersRun(containers);
  await makeImage(containers, 'node', [NODE, NPM]);
  await Promise.all([
    makeImage(containers, 'rabbitmq'),
    makeImage(containers, 'redis'),
    makeImage(containers, 'nginx'),
    mongodbServer.then(() => makeImage(containers, 'mongodb', [MONGOSH], [findSecantusDb()])),
  ]);
}

/** All that comes from others, until there is a Debian. */
async function prepare() {
  // Mounts, and networks of the tests' own. Without root, podman needs what many machines do not have.
  if (process.getuid?.() !== 0) throw new SetupError('containers need root here: run this as root');
  await installPrograms();
  await installChromium();
  await installRequirements('podman-compose');
  const containers = findContainers();
  if (!containers) throw new SetupError('podman was installed, but its programs are not where expected');
  writeConfiguration(containers);
  await makeDebianImage(containers);
  return containers;
}

/** A step that fails only by the machine, or by a registry. */
const fetched = (step) =>
  step.catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    throw new UnavailableError(error.message, error);
  });

async function installPrograms() {
  const missing = () => Object.keys(PROGRAMS).filter((name) => !findOnPath(PROGRAMS[name]));
  if (missing().length === 0) return;
  say('installing podman and buildah for the tests (a minute)');
  await installDebianPackages([...missing(), ...LIBRARIES]);
  if (missing().length > 0) throw new SetupError(`${missing().join(', ')}: installed, but not found where expected`);
}

/**
 * runc and cgroupfs: crun refuses hybrid control groups, and there may be no systemd. podman's own
 * limits for a process are refused where root may not raise them.
 */
function writeConfiguration({ dir, runDir, environment }) {
  mkdirSync(dir, { recursive: true });
  mkdirSync(runDir, { recursive: true });
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const files = Math.min(Number(stdout) || 65_536, 65_536);
  const configuration = `[containers]
default_ulimits = ["nofile=${files}:${files}", "nproc=10000:10000"]
# As Docker has it.
default_sysctls = ["net.ipv4.ip_unprivileged_port_start=0"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
tmp_dir = "${runDir}/tmp"
[network]
network_backend = "netavark"
network_config_dir = "${dir}/networks"
`;
  const storage = `[storage]
driver = "overlay"
graphroot = "${dir}/storage"
runroot = "${runDir}/storage"
`;
  writeFileSync(environment.CONTAINERS_CONF, configuration);
  writeFileSync(environment.CONTAINERS_STORAGE_CONF, storage);
}

const isThere = ({ podman, environment }, image) =>
  spawnSync(podman, ['image', 'exists', image], { env: { ...process.env, ...environment } }).status === 0;

/** A small Debian, as debootstrap makes it. */
async function makeDebianImage(containers) {
  const { dir, podman, environment: env } = containers;
  if (isThere(containers, 'localhost/debian')) return;
  say('making an image of Debian for the tests (1-2 minutes)');
  const root = join(dir, 'debian');
  rmSync(root, { recursive: true, force: true });
  await runStep('debootstrap', 'debootstrap', ['--variant=minbase', SUITE, root, MIRROR], {
    onFailure: 'Is the mirror of Debian reachable?',
  });
  // As in Docker's image: a package that is installed starts nothing.
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const pack = `tar -C "$1" --exclude ./var/cache/apt/archives/*.deb -c . | "$0" import - localhost/debian`;
  await runStep('podman import', 'sh', ['-c', pack, podman, root], { env });
  rmSync(root, { recursive: true, force: true });
}

/** As Compose needs them: on a network of their own, where they find each other by their names. */
async function checkThatContainersRun({ podman, runDir, environment: env }) {
  const name = `${basename(runDir)}-probe`;
  const tidy = () => runStep('podman', podman, ['network', 'rm', '--force', name], { env });
  await tidy();
  const args = ['run', '--rm', '--network', name, '--name', name, 'localhost/debian', 'getent', 'hosts', name];
  try {
    await runStep('podman', podman, ['network', 'create', name], { env });
    await runStep('podman', podman, args, { env });
  } catch (error) {
    throw new UnavailableError(`this machine cannot run containers that talk to each other: ${error.message}`, error);
  }
  await tidy();
}

/** Its Python build is no single file. */
function findSecantusDb() {
  const { path } = findMongodbServer() ?? {};
  if (path?.endsWith('secantusd-rs')) return path;
  throw new UnavailableError('the image that stands for MongoDB needs SecantusDB as cargo builds it: install Rust');
}

/**
 * `localhost/<name>` from `<name>.Containerfile` and the files beside it that begin with this name, with packages of
 * npm and programs of this machine, unless an earlier run made it of the same.
 */
async function makeImage(containers, name, packages = [], programs = []) {
  const { buildah, podman, environment: env } = containers;
  const files = readdirSync(images).filter((file) => file.startsWith(name));
  const digest = createHash('sha256').update(packages.join());
  for (const file of files) digest.update(readFileSync(join(images, file)));
  const made = `localhost/${name}:${digest.digest('hex').slice(0, 12)}`;
  if (isThere(containers, made)) return;
  say(`making the image ${name} for the tests (a minute)`);
  const context = join(containers.dir, 'context', name);
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context, { recursive: true });
  for (const path of [...files.map((file) => join(images, file)), ...programs])
    cpSync(path, join(context, basename(path)));
  if (packages.length > 0) {
    const install = [
      'install',
      '--prefix',
      context,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...packages,
    ];
    await fetched(runStep('npm install', 'npm', install, { onFailure: 'Is the package registry reachable?' }));
  }
  const options = ['--isolation', 'chroot', '--network', 'host', '--tag', made, '--tag', `localhost/${name}`];
  const file = join(context, `${name}.Containerfile`);
  const build = () => runStep(`the image ${name}`, buildah, ['bud', ...options, '--file', file, context], { env });
  await build().catch(async () => {
    // Whether the mirror of Debian is away is asked of what the image is based on.
    const update = ['run', '--rm', '--network', 'host', 'localhost/debian', 'apt-get', 'update', '--error-on=any'];
    await fetched(runStep('apt-get update', podman, update, { env }));
    await build();
  });
  rmSync(context, { recursive: true, force: true });
}
