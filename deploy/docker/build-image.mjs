// Builds the image `cyberstroll` with docker, podman or buildah: the first that is there and answers, or BUILDER.
// Arguments go to it. Plain Node without dependencies: nothing else must be installed.

import { BUILDER_NAMES, buildImage, findBuilder } from './builder.mjs';

const builder = findBuilder();
try {
  if (!builder) throw new Error(`none of ${BUILDER_NAMES.join(', ')} answers: install one, or start its service`);
  buildImage(builder, ['--tag', 'cyberstroll', ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
