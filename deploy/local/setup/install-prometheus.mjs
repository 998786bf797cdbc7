import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage } from './install-debian-packages.mjs';
import { findPrometheus } from './programs.cjs';
import { localDir, SetupError, say } from './run-step.mjs';

/** Prometheus and promtool, which the tests of rules and dashboards run. */
export async function installPrometheus() {
  if (findPrometheus()) return;
  say('fetching Prometheus for the tests (some seconds)');
  const dir = join(localDir, 'prometheus');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  await unpackDebianPackage('prometheus', dir);
  if (!findPrometheus()) throw new SetupError('Prometheus was unpacked, but its programs are not where expected');
}
