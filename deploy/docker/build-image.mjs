// Builds the image `cyberstroll` with docker, podman or buildah: the first that is there and answers, or BUILDER.
// Arguments go to it. Plain Node without dependencies: nothing else must be installed.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** The health check is Docker's, and not OCI's. */
const BUILDERS = {
  docker: ['build'],
  podman: ['build', '--format', 'docker'],
  buildah: ['build', '--format', 'docker'],
};

const answers = (program) => spawnSync(program, ['info'], { stdio: 'ignore' }).status === 0;
const builder = process.env['BUILDER'] ?? Object.keys(BUILDERS).find(answers);
if (builder in BUILDERS) {
  const options = ['--file', join(root, 'deploy/docker/Dockerfile'), '--tag', 'cyberstroll', ...process.argv.slice(2)];
  process.exitCode = spawnSync(builder, [...BUILDERS[builder], ...options, root], { stdio: 'inherit' }).status ?? 1;
} else {
  console.error(`none of ${Object.keys(BUILDERS).join(', ')} answers: install one, or start its service`);
  process.exitCode = 1;
}
