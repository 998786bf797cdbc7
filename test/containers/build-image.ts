/** The image, built from what git would give to a stranger. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../e2e/test-stack';
import { makeFolder, podman, run, takeMachine } from './podman';

export const IMAGE = 'localhost/cyberstroll';

let built: Promise<void> | undefined;

/** Once in a run: test files share it. */
export function buildImage(): Promise<void> {
  built ??= buildOnce();
  return built;
}

async function buildOnce(): Promise<void> {
  await takeMachine();
  const dir = makeFolder('image');
  copyTree(dir);
  await build(dir);
  rmSync(dir, { recursive: true });
  // What the tag named before.
  await podman('image', 'prune', '--force');
}

/** What a clone would have, with what is not committed yet. */
function copyTree(dir: string): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\0');
  for (const path of new Set(paths.filter((each) => each && existsSync(join(ROOT, each))))) {
    cpSync(join(ROOT, path), join(dir, path));
  }
}

/** As `npm run image` does, on images that the set-up made. Only this machine may know the registry's authority. */
async function build(dir: string): Promise<void> {
  const bases = ['--build-arg', 'NODE_IMAGE=localhost/node', '--build-arg', 'BASE_IMAGE=localhost/debian'];
  const options = ['--isolation', 'chroot', '--network', 'host', ...bases];
  const authority = process.env['NODE_EXTRA_CA_CERTS'];
  if (authority) {
    const npmrc = join(dir, '.npmrc');
    writeFileSync(npmrc, 'cafile=/run/authority.crt\n');
    options.push('--volume', `${authority}:/run/authority.crt:ro`, '--volume', `${npmrc}:/root/.npmrc:ro`);
  }
  await run(process.execPath, [join(dir, 'deploy/docker/build-image.mjs'), ...options], { BUILDER: 'buildah' });
}
