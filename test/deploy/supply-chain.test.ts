import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { readCompose, root } from './read-compose';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const setup = 'deploy/local/setup';
const scripts = readdirSync(join(root, setup)).filter((name) => name.endsWith('.mjs'));

it('pins pnpm by its hash, and takes no version of a package that is younger than a day', () => {
  expect(JSON.parse(read('package.json')).packageManager).toMatch(/^pnpm@[\d.]+\+sha512\.[0-9a-f]{128}$/);
  expect(parse(read('pnpm-workspace.yaml')).minimumReleaseAge).toBeGreaterThanOrEqual(1_440);
  // Nothing installs it by another way.
  expect(read('deploy/docker/Dockerfile')).not.toMatch(/\bnpm install|corepack/);
});

it('installs from PyPI by hashes alone, and by cargo with the lockfile of the crate', () => {
  const files = readdirSync(join(root, setup)).filter((name) => name.endsWith('-requirements.txt'));
  for (const file of files) {
    const packages = read(`${setup}/${file}`)
      .split(/\n(?=\S)/)
      .filter((part) => !part.startsWith('#'));
    for (const part of packages) expect([file, part]).toEqual([file, expect.stringMatching(/==.*\n +--hash=sha256:/)]);
  }
  for (const script of scripts) {
    for (const [call] of read(`${setup}/${script}`).matchAll(/\[[^\]]*'install'[^\]]*\]/g)) {
      if (/cargo/i.test(call)) expect(call).toContain("'--locked'");
      else if (/'--disable-pip-version-check'/.test(call)) expect(call).toMatch(/'--require-hashes'|'--no-index'/);
    }
  }
});

it('names the images of others by a version, and either all or none by a digest', () => {
  const { services } = readCompose();
  const images = [
    ...Object.values(services).map(({ image }) => image),
    ...[...read('deploy/docker/Dockerfile').matchAll(/^ARG \w+=(\S+)$/gm)].map(([, image]) => image!),
  ].filter((image) => !image.startsWith('cyberstroll:'));
  for (const image of images) expect(image).toMatch(/^[\w./-]+:[\w.-]*\d|bookworm/);
  const pinned = images.filter((image) => /@sha256:[0-9a-f]{64}$/.test(image));
  expect([0, images.length]).toContain(pinned.length);
});

it('pins these images by what the registry says, after the login that it asks for, and follows their tags', async () => {
  const digestOf = (path: string, round: number) =>
    `sha256:${createHash('sha256').update(`${path} ${round}`).digest('hex')}`;
  let round = 1;
  const registry = createServer(({ url = '', headers }, response) => {
    const { port } = registry.address() as AddressInfo;
    if (url.startsWith('/token')) response.end(JSON.stringify({ token: 't' }));
    else if (headers.authorization !== 'Bearer t') {
      const challenge = `Bearer realm="http://127.0.0.1:${port}/token",service="registry",scope="pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else response.writeHead(200, { 'docker-content-digest': digestOf(url, round) }).end();
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-images-'));
  try {
    for (const name of ['compose.yaml', 'Dockerfile']) cpSync(join(root, 'deploy/docker', name), join(dir, name));
    const env = { ...process.env, REGISTRY: `http://127.0.0.1:${(registry.address() as AddressInfo).port}` };
    const pin = () => promisify(execFile)(process.execPath, [join(root, 'deploy/docker/pin-images.mjs'), dir], { env });
    for (; round <= 2; round++) {
      await pin();
      const { services } = parse(readFileSync(join(dir, 'compose.yaml'), 'utf8'), { merge: true });
      const [, tag] = /^mongo:([\d.]+)@/.exec(services.mongodb.image) ?? [];
      expect(services.mongodb.image).toBe(`mongo:${tag}@${digestOf(`/v2/library/mongo/manifests/${tag}`, round)}`);
      expect(services['task-api'].image).toMatch(/^cyberstroll:[^@]*$/);
      const dockerfile = readFileSync(join(dir, 'Dockerfile'), 'utf8');
      for (const [line] of dockerfile.matchAll(/^ARG .*$/gm))
        expect(line).toMatch(/^ARG \w+=\S+:\S+@sha256:[0-9a-f]{64}$/);
    }
  } finally {
    registry.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
