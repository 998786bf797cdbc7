import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** The health check is Docker's, and not OCI's. */
const BUILDERS = {
  docker: { build: ['build'], save: (tag, file) => ['save', '--output', file, tag] },
  podman: {
    build: ['build', '--format', 'docker'],
    save: (tag, file) => ['save', '--format', 'docker-archive', '--output', file, tag],
  },
  buildah: {
    build: ['build', '--format', 'docker'],
    save: (tag, file) => ['push', tag, `docker-archive:${file}:${tag}`],
  },
};
export const BUILDER_NAMES = Object.keys(BUILDERS);

const answers = (program) => spawnSync(program, ['info'], { stdio: 'ignore' }).status === 0;

/** docker, podman or buildah: the first that is there and answers, or BUILDER. */
export function findBuilder() {
  const name = process.env['BUILDER'] ?? BUILDER_NAMES.find(answers);
  return name in BUILDERS ? name : undefined;
}

/** `args` go to the builder. */
export function buildImage(builder, args) {
  const options = ['--file', join(root, 'deploy/docker/Dockerfile'), ...args];
  run(builder, [...BUILDERS[builder].build, ...options, root]);
}

/** As a file for `docker load`. */
export const saveImage = (builder, tag, file) => run(builder, BUILDERS[builder].save(tag, file));

function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed (${status})`);
}
