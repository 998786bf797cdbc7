import { join } from 'node:path';
import { getEnginePrograms } from './engine-programs.mjs';
import { installDebianPackages } from './install-debian-packages.mjs';
import { localDir, rootDir, runStep, SetupError, say } from './run-step.mjs';

/** Compiles the example node in Go, which the tests run. A second build takes no time: Go keeps what it compiled. */
export async function buildGoNode() {
  const findGo = () => getEnginePrograms().findOnPath('go');
  if (!findGo()) {
    say('installing Go for the example node in Go (a minute)');
    await installDebianPackages(['golang-go']);
  }
  const go = findGo();
  if (!go) throw new SetupError('Go was installed, but its program is not where expected');
  const folder = join(rootDir, 'deploy/examples/go-node');
  await runStep('go build', go, ['build', '-C', folder, '-o', join(localDir, 'go-node'), '.'], {
    onFailure: 'Is the Go module proxy reachable?',
  });
}
