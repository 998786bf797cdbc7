import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, saveImage } from '../docker/builder.mjs';
import { installRequirements } from '../local/setup/install-requirements.mjs';
import { localDir, rootDir } from '../local/setup/run-step.mjs';
import { toPython } from './find-versions.mjs';

const CHECKSUMS = 'SHA256SUMS';
const run = (program, args, { cwd = rootDir, env = {} } = {}) =>
  execFileSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });

/** Of each file its name, and what writes it to the folder. */
function toArtefacts({ version, builder, builderArguments }) {
  const packed = (folder, name) => ({
    name: `cyberstroll-${name}-${version}.tgz`,
    write: (to) => pack(join(rootDir, folder), to),
  });
  return [
    packed('packages/nodes/scanner-sdk', 'scanner-sdk'),
    packed('packages/nodes/conformance', 'conformance'),
    packed('packages/clients/client', 'client'),
    { name: `cyberstroll-cli-${version}.tgz`, write: packCli },
    { name: `cyberstroll_scanner_sdk-${toPython(version)}-py3-none-any.whl`, write: buildWheel },
    { name: `cyberstroll-scanner-sdk-go-${version}.zip`, write: (to, name) => zipGoModule(join(to, name), version) },
    {
      name: 'sbom.json',
      write: (to) => run(process.execPath, [join(rootDir, 'deploy/local/setup/write-sbom.mjs'), to]),
    },
    ...(builder
      ? [
          {
            name: `cyberstroll-image-${version}.tar`,
            write: (to, name) => {
              const tag = `cyberstroll:${version}`;
              buildImage(builder, ['--tag', tag, ...builderArguments]);
              saveImage(builder, tag, join(to, name));
            },
          },
        ]
      : []),
  ];
}

export const listArtefacts = (options) => [...toArtefacts(options).map(({ name }) => name), CHECKSUMS];

/** The files of a release of what is built, and the SHA-256 of each. */
export async function writeArtefacts(folder, options) {
  mkdirSync(folder, { recursive: true });
  for (const { name, write } of toArtefacts(options)) await write(folder, name);
  const sums = readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}  ${name}\n`,
    );
  writeFileSync(join(folder, CHECKSUMS), sums.join(''));
  const missing = listArtefacts(options).filter((name) => !readdirSync(folder).includes(name));
  if (missing.length > 0) throw new Error(`not written: ${missing.join(', ')}`);
}

const pack = (cwd, to) => run('npm', ['pack', '--silent', '--pack-destination', to], { cwd });

/** The bundle has all that it needs: `npm install --global <file>`. */
function packCli(to) {
  const from = join(rootDir, 'packages/clients/cli');
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-cli-'));
  try {
    const {
      dependencies: _,
      devDependencies: _dev,
      private: _private,
      main: _main,
      types: _types,
      ...manifest
    } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
    for (const path of ['bin', 'README.md', 'dist/bundle.js', 'dist/bundle.js.map', 'dist/backing-services'])
      cpSync(join(from, path), join(dir, path), { recursive: true });
    cpSync(join(rootDir, 'LICENSE'), join(dir, 'LICENSE'));
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ ...manifest, files: ['bin', 'dist'] }, undefined, 2));
    pack(dir, to);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The same commit gives the same wheel. */
async function buildWheel(to) {
  await installRequirements('wheel');
  const epoch = run('git', ['log', '-1', '--format=%ct']).toString().trim();
  const cwd = join(rootDir, 'packages/nodes/scanner-sdk-python');
  const env = { SOURCE_DATE_EPOCH: epoch };
  run(join(localDir, 'wheel/bin/python'), ['-m', 'flit_core.wheel', '--outdir', to], { cwd, env });
}

/** As a Go module proxy serves it. */
function zipGoModule(file, version) {
  const folder = 'packages/nodes/scanner-sdk-go';
  const [, path] = /^module (.+)$/m.exec(readFileSync(join(rootDir, folder, 'go.mod'), 'utf8'));
  const prefix = `--prefix=${path}@v${version}/`;
  run('git', ['archive', '--format=zip', prefix, `--output=${file}`, `HEAD:${folder}`]);
}
