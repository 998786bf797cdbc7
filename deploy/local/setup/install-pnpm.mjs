// pnpm, as `packageManager` of package.json names it: with the SHA-512 of its package, which corepack checks too. Plain
// Node without dependencies, since it runs before there are any. As a program, for the image:
//   node install-pnpm.mjs <folder>   puts the command at <folder>/node_modules/.bin/pnpm
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const manifest = resolve(import.meta.dirname, '../../../package.json');

/** Its program, in `<folder>/node_modules`. What the registry sends must be what was pinned. */
export function installPnpm(folder) {
  const { packageManager } = JSON.parse(readFileSync(manifest, 'utf8'));
  const [, version, pinned] = /^pnpm@([\d.]+)\+sha512\.([0-9a-f]{128})$/.exec(packageManager) ?? [];
  if (!version) throw new Error(`packageManager is ${packageManager}, and pnpm@<version>+sha512.<hex> is needed`);
  const program = join(folder, 'node_modules/pnpm/bin/pnpm.cjs');
  // The hash of what is installed: written last.
  const installed = join(folder, 'sha512');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === pinned) return program;
  install(`pnpm@${version}`, pinned, folder);
  writeFileSync(installed, pinned);
  return program;
}

function install(name, pinned, folder) {
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-pnpm-'));
  try {
    const file = join(dir, npm(['pack', name, '--silent', '--pack-destination', dir]).trim());
    const found = createHash('sha512').update(readFileSync(file)).digest('hex');
    if (found !== pinned) throw new Error(`${name} has the SHA-512 ${found}, and package.json expects ${pinned}`);
    mkdirSync(folder, { recursive: true });
    npm(['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', file]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const npm = (args) => execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

if (process.argv[1] === fileURLToPath(import.meta.url)) installPnpm(resolve(process.argv[2]));
