import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './install-packed';

const VERSION = '1.2.3-rc.4';
const FOLDER = `release/${VERSION}`;
const MOST_MS = 600_000;

let clone: string;
const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8' }).trim();
const read = (path: string) => readFileSync(join(clone, path), 'utf8');
const list = (...args: string[]) =>
  execFileSync('git', ['ls-files', '-z', ...args], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);

/** What git has, and what is not committed yet; of what is installed and built here, what a release takes. */
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'cyberstroll-release-'));
  git('init', '--quiet');
  for (const path of new Set([...list('--cached'), ...list('--others', '--exclude-standard')])) {
    if (existsSync(join(root, path))) cpSync(join(root, path), join(clone, path));
  }
  for (const path of list('package.json', '**/package.json').map(dirname)) {
    for (const name of ['node_modules', 'dist']) {
      const from = join(root, path, name);
      if (!existsSync(from) || (name === 'dist' && !path.startsWith('packages'))) continue;
      if (name === 'dist') cpSync(from, join(clone, path, name), { recursive: true });
      else symlinkSync(from, join(clone, path, name));
    }
  }
  mkdirSync(join(root, '.local'), { recursive: true });
  symlinkSync(join(root, '.local'), join(clone, '.local'));
  git('config', 'user.name', 'test');
  git('config', 'user.email', 'test@localhost');
  git('add', '.');
  git('commit', '--quiet', '--message', 'all');
}, MOST_MS);
afterAll(() => rmSync(clone, { recursive: true, force: true }));

async function release(...args: string[]) {
  const run = promisify(execFile)(process.execPath, ['deploy/release/release.mjs', ...args], { cwd: clone });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}
const HERE = ['--no-pin', '--no-image', '--no-build'];

it('refuses a tree that is not clean, and what is not a version; a dry run changes nothing', async () => {
  expect(await release('1.2', ...HERE)).toMatchObject({ code: 1, stderr: expect.stringContaining('1.2.3') });
  writeFileSync(join(clone, 'left.txt'), '');
  expect(await release(VERSION, ...HERE)).toMatchObject({ code: 1, stderr: expect.stringContaining('left.txt') });
  rmSync(join(clone, 'left.txt'));
  const { code, stdout } = await release(VERSION, '--dry-run', ...HERE);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`${FOLDER}/cyberstroll-cli-${VERSION}.tgz`)]);
  expect([git('status', '--porcelain'), git('tag'), existsSync(join(clone, 'release'))]).toEqual(['', '', false]);
});

it(
  'sets the version, cuts the changelog, tags, and writes every file with its checksum',
  async () => {
    expect(await release(VERSION, ...HERE)).toMatchObject({ code: 0, stderr: '' });

    expect(git('describe', '--exact-match')).toBe(`v${VERSION}`);
    expect(git('status', '--porcelain')).toBe('');
    const date = new Date().toISOString().slice(0, 4);
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`## \\[Unreleased\\]\n\n## \\[${VERSION}\\] - ${date}-\\d\\d-\\d\\d\n\n### `),
    );
    const python = '1.2.3rc4';
    for (const [path, version] of [
      ['package.json', VERSION],
      ['services/task-api/package.json', VERSION],
      ['packages/nodes/scanner-sdk/src/sdk-version.ts', VERSION],
      ['packages/nodes/scanner-sdk-go/version.go', VERSION],
      ['packages/nodes/scanner-sdk-python/pyproject.toml', python],
      ['docs/openapi.json', VERSION],
    ] as const) {
      expect([path, read(path).includes(`"${version}"`) || read(path).includes(`/${version}'`)]).toEqual([path, true]);
    }
    const manifests = list('package.json', '**/package.json').map((path) => JSON.parse(read(path)).version);
    expect(new Set(manifests.filter(Boolean))).toEqual(new Set([VERSION]));

    const files = readdirSync(join(clone, FOLDER)).sort();
    expect(files).toEqual(
      [
        'SHA256SUMS',
        `cyberstroll-cli-${VERSION}.tgz`,
        `cyberstroll-client-${VERSION}.tgz`,
        `cyberstroll-conformance-${VERSION}.tgz`,
        `cyberstroll-scanner-sdk-${VERSION}.tgz`,
        `cyberstroll-scanner-sdk-go-${VERSION}.zip`,
        `cyberstroll_scanner_sdk-${python}-py3-none-any.whl`,
        'sbom.json',
      ].sort(),
    );
    const inRelease = { cwd: join(clone, FOLDER), encoding: 'utf8' as const };
    const digestOf = (file: string) =>
      createHash('sha256')
        .update(readFileSync(join(inRelease.cwd, file)))
        .digest('hex');
    const sums = files.filter((file) => file !== 'SHA256SUMS').map((file) => `${digestOf(file)}  ${file}\n`);
    expect(read(`${FOLDER}/SHA256SUMS`)).toBe(sums.join(''));
    expect(JSON.parse(read(`${FOLDER}/sbom.json`))).toMatchObject({ bomFormat: 'CycloneDX' });

    // The command line runs from its tarball.
    execFileSync('tar', ['--extract', '--file', `cyberstroll-cli-${VERSION}.tgz`], inRelease);
    const cli = execFileSync(process.execPath, ['package/bin/cyberstroll.js', '--version'], inRelease);
    expect(cli).toMatch(/^\d+\.\d+\.\d+/);
    expect(JSON.parse(read(`${FOLDER}/package/package.json`)).version).toBe(VERSION);
    // A module of Go is what a proxy serves.
    const names = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))';
    const zip = execFileSync('python3', ['-c', names, `cyberstroll-scanner-sdk-go-${VERSION}.zip`], inRelease);
    expect(zip).toContain(`cyberstroll.example/scanner-sdk@v${VERSION}/go.mod\n`);

    expect(await release(VERSION, ...HERE)).toMatchObject({ code: 1, stderr: expect.stringContaining(`v${VERSION}`) });
  },
  MOST_MS,
);
