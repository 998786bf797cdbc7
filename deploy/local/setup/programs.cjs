// Where the engines' programs are. The set-up asks here what is missing; the engines, what to start. Plain JavaScript,
// since the set-up asks before there is a build: programs.d.cts has the types.
const { createHash } = require('node:crypto');
const { accessSync, constants } = require('node:fs');
const { homedir } = require('node:os');
const { delimiter, join, resolve } = require('node:path');

const localDir = resolve(__dirname, '../../../.local');

/** The server script itself: Debian's wrapper on PATH changes to the system's user and directories. */
function findRabbitmqServer() {
  return firstExecutable(['/usr/lib/rabbitmq/bin/rabbitmq-server']) ?? findOnPath('rabbitmq-server');
}

/** The script itself, as with the server. */
function findRabbitmqTool(name) {
  return firstExecutable([`/usr/lib/rabbitmq/bin/${name}`]) ?? findOnPath(name);
}

function findEpmd() {
  return findOnPath('epmd') ?? firstExecutable(['/usr/lib/erlang/bin/epmd', '/usr/local/lib/erlang/bin/epmd']);
}

function findRedisServer() {
  return findOnPath('redis-server');
}

/** The best MongoDB-protocol server of this machine. */
function findMongodbServer() {
  const mongod = findOnPath('mongod');
  if (mongod) return { kind: 'mongod', path: mongod };
  const inRust = findOnPath('secantusd-rs') ?? firstExecutable([join(homedir(), '.cargo/bin/secantusd-rs')]);
  if (inRust) return { kind: 'secantusd', path: inRust };
  const inPython = findOnPath('secantusd-py') ?? firstExecutable([join(localDir, 'secantusdb/bin/secantusd-py')]);
  return inPython ? { kind: 'secantusd', path: inPython, isSlow: true } : undefined;
}

/** A Prometheus of tests, and its tool. */
function findPrometheus() {
  const find = (name) => findOnPath(name) ?? firstExecutable([join(localDir, 'prometheus/usr/bin', name)]);
  const server = find('prometheus');
  const tool = find('promtool');
  return server && tool ? { server, tool } : undefined;
}

/** The browser of tests: `CHROMIUM`, else the machine's. */
const findChromium = () =>
  process.env.CHROMIUM
    ? firstExecutable([process.env.CHROMIUM])
    : (findOnPath('chromium') ?? findOnPath('chromium-browser'));

/** schemathesis of tests. */
const findSchemathesis = () => firstExecutable([join(localDir, 'schemathesis/bin/schemathesis')]);

/** Where the set-up installs the kustomize of tests, by its version: the one that kubectl 1.34 has in it. */
const kustomizeDir = join(localDir, 'kustomize/v5.7.1');
const findKustomize = () => firstExecutable([join(kustomizeDir, 'kustomize')]);

/** What makes clients of the HTTP API in other languages, and checks them. */
function findClientGenerators() {
  const inVenv = (name) => firstExecutable([join(localDir, 'client-generator/bin', name)]);
  const [python, pythonClient, mypy] = [inVenv('python'), inVenv('openapi-python-client'), inVenv('mypy')];
  const [java, javac] = [findOnPath('java'), findOnPath('javac')];
  // Its own where the one on PATH is too old.
  const go = firstExecutable([join(localDir, 'go/bin/go')]) ?? findOnPath('go');
  if (!python || !pythonClient || !mypy || !java || !javac || !go) return undefined;
  return { python, pythonClient, mypy, java, javac, go, jars: join(localDir, 'client-generator-jars') };
}

/**
 * What runs containers, with a store of their own. The set-up writes the configuration that `environment` names.
 */
function findContainers() {
  const [podman, buildah] = [findOnPath('podman'), findOnPath('buildah')];
  const compose = firstExecutable([join(localDir, 'podman-compose/bin/podman-compose')]);
  if (!podman || !buildah || !compose) return undefined;
  const dir = join(localDir, 'containers');
  // On a file system that a restart of the machine empties, as podman expects, and short: sockets are in it.
  const runDir = `/run/cyberstroll-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;
  const environment = {
    CONTAINERS_CONF: join(dir, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(dir, 'storage.conf'),
  };
  return { podman, buildah, compose, dir, runDir, environment };
}

/** A program on PATH, or where Debian keeps servers (a user's PATH often lacks these). */
function findOnPath(name) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/usr/sbin'];
  return firstExecutable(directories.filter(Boolean).map((directory) => join(directory, name)));
}

function firstExecutable(candidates) {
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

module.exports = {
  localDir,
  findRabbitmqServer,
  findRabbitmqTool,
  findEpmd,
  findRedisServer,
  findMongodbServer,
  findPrometheus,
  findChromium,
  findSchemathesis,
  kustomizeDir,
  findKustomize,
  findClientGenerators,
  findContainers,
  findOnPath,
};
