import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages } from './install-debian-packages.mjs';
import { installRequirements } from './install-requirements.mjs';
import { findMongodbServer, findOnPath } from './programs.cjs';
import { runStep, SetupError, say } from './run-step.mjs';

const cargoPackage = ['secantus-mdb', '--version', '0.5.3-beta.196'];

/**
 * Installs SecantusDB, unless a MongoDB server is there or MONGODB_URI is set. The one in Rust takes cargo minutes. The
 * one in Python is slow, and there in seconds: it is for a demo, and for a machine without cargo.
 */
export async function installMongodbServer({ isForDemo }) {
  if (process.env.MONGODB_URI) return;
  const cargo = findOnPath('cargo') ?? [join(homedir(), '.cargo/bin/cargo')].find((path) => existsSync(path));
  const found = findMongodbServer();
  if (found && (!found.isSlow || !cargo || isForDemo)) return;
  if (cargo && !isForDemo) await installByCargo(cargo);
  else await installInPython(cargo);
  if (!findMongodbServer()) throw new SetupError('SecantusDB was installed, but its program is not where expected');
}

/** If it fails, cargo builds the one in Rust. */
async function installInPython(cargo) {
  try {
    await installRequirements('secantusdb');
  } catch (error) {
    if (!cargo) throw error;
    say(error.message);
    await installByCargo(cargo);
  }
}

async function installByCargo(cargo) {
  const tools = [
    ['cmake', 'cmake'],
    ['cc', 'build-essential'],
  ];
  const missing = tools.filter(([program]) => !findOnPath(program)).map(([, name]) => name);
  if (missing.length > 0) {
    say(`installing ${missing.join(' and ')} to build a MongoDB server (a minute)`);
    await installDebianPackages(missing);
  }
  say('building SecantusDB, a MongoDB server, with cargo (4-6 minutes on two cores, once per machine)');
  await runStep('building SecantusDB', cargo, ['install', ...cargoPackage, '--locked', '--ignore-rust-version'], {
    onFailure: 'Or install mongod, or set MONGODB_URI to a replica set.',
  });
}
