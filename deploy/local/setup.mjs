// Makes a fresh checkout on a fresh machine ready to run: packages, build, and the programs of the three engines. Plain
// Node without dependencies, since it runs before there are any. Safe to run at any time; a second run takes a second.
// Nothing is started here, and no system instance of an engine is needed, touched or asked. With `--demo`, the MongoDB
// server that takes least time to install is enough. With `--tests`, also what only tests need; with `--clients` and
// `--containers`, what only `npm run test:clients` and `test:containers` need. Where a machine cannot run containers,
// the last ends with 69.

import { bundle, compile } from './setup/build.mjs';
import { buildGoNodes } from './setup/build-go-node.mjs';
import { installChromium } from './setup/install-chromium.mjs';
import { installClientGenerators } from './setup/install-client-generators.mjs';
import { installContainers } from './setup/install-containers.mjs';
import { installKustomize } from './setup/install-kustomize.mjs';
import { installMongodbServer } from './setup/install-mongodb-server.mjs';
import { installNmap } from './setup/install-nmap.mjs';
import { installPackages } from './setup/install-packages.mjs';
import { installPrometheus } from './setup/install-prometheus.mjs';
import { installPythonNode } from './setup/install-python-node.mjs';
import { installRabbitmqAndRedis } from './setup/install-rabbitmq-and-redis.mjs';
import { installSchemathesis } from './setup/install-schemathesis.mjs';
import { installShells } from './setup/install-shells.mjs';
import { EXIT_UNAVAILABLE, logFile, SetupError, showLogTail, UnavailableError } from './setup/run-step.mjs';

async function build() {
  await installPackages();
  await compile();
  await bundle();
}

async function installPrograms(mongodbServer) {
  await installRabbitmqAndRedis();
  if (process.argv.includes('--tests')) {
    await installPrometheus();
    await installNmap();
    await installPythonNode();
    await buildGoNodes();
    await installKustomize();
    await installSchemathesis();
    await installShells();
    await installChromium();
  }
  if (process.argv.includes('--clients')) await installClientGenerators();
  if (process.argv.includes('--containers')) await installContainers(mongodbServer);
}

try {
  // On a fresh machine cargo takes minutes for the MongoDB server. All else is done meanwhile.
  const mongodbServer = installMongodbServer({ isForDemo: process.argv.includes('--demo') });
  await Promise.all([mongodbServer, build(), installPrograms(mongodbServer)]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  if (error.hasOutput) showLogTail();
  console.error(`setup: ${error.message}`);
  if (error.hasOutput) console.error(`setup: the whole output is in ${logFile}`);
  process.exitCode = error instanceof UnavailableError ? EXIT_UNAVAILABLE : 1;
}
