// Makes a package of this workspace one that `npm pack` and `npm publish` take as it is, in the working directory:
//
//   before  copies what is built of the package, and of each package of the workspace that it needs, to `packed/`,
//           where they import each other by relative paths; then replaces package.json by one that names `packed/`, and
//           of the dependencies only those that npm can install
//   after   puts package.json back, and removes `packed/`
//
// npm knows neither `workspace:` nor `catalog:`.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOf } from './workspace.cjs';

const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const PACKED = 'packed';
const OWN = 'package.json';
/** The manifest while the other one is in its place. */
const KEPT = 'package.workspace.json';
const SCOPE = '@cyberstroll/';
/** What the compiler made. */
const OUTPUT = /\.(js|d\.ts)(\.map)?$/;
/** `from '@cyberstroll/x'`, `require("@cyberstroll/x")` and `import("@cyberstroll/x")`. */
const SPECIFIER = new RegExp(`(from |require\\(|import\\()(['"])${SCOPE}([a-z-]+)\\2`, 'g');

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const toFolder = (name) => join(rootDir, folderOf(name));

function before() {
  // A run that was killed left it.
  if (existsSync(KEPT)) after();
  const manifest = read(OWN);
  const names = listNeeded(manifest.name.slice(SCOPE.length));
  rmSync(PACKED, { recursive: true, force: true });
  for (const name of names) copy(name);
  const packed = `${JSON.stringify(toPackedManifest(manifest, names), null, 2)}\n`;
  cpSync(join(rootDir, 'LICENSE'), 'LICENSE');
  renameSync(OWN, KEPT);
  writeFileSync(OWN, packed);
}

function after() {
  renameSync(KEPT, OWN);
  rmSync(PACKED, { recursive: true, force: true });
  rmSync('LICENSE', { force: true });
}

/** The package and all that it needs of the workspace, by their names without the scope. */
function listNeeded(name, known = new Set()) {
  known.add(name);
  for (const needed of Object.keys(read(manifestOf(name)).dependencies ?? {})) {
    const other = needed.slice(SCOPE.length);
    if (needed.startsWith(SCOPE) && !known.has(other)) listNeeded(other, known);
  }
  return [...known];
}

const manifestOf = (name) => join(toFolder(name), OWN);

function copy(name) {
  const { files = [] } = read(manifestOf(name));
  const from = toFolder(name);
  for (const folder of files.filter((file) => /^\w+$/.test(file))) {
    cpSync(join(from, folder), join(PACKED, name, folder), { recursive: true, filter: (path) => isPacked(from, path) });
  }
  for (const path of readdirSync(join(PACKED, name, 'dist'), { recursive: true })) {
    if (/\.(js|d\.ts)$/.test(path)) rewrite(join(PACKED, name, 'dist', path));
  }
}

/** Neither tests, nor what the compiler made of sources that are gone: it leaves them there. */
function isPacked(folder, path) {
  if (/\.test\.|\.tsbuildinfo$|\/bundle\.js/.test(path)) return false;
  const [top, ...rest] = relative(folder, path).split('/');
  if (top !== 'dist' || !OUTPUT.test(path)) return true;
  return existsSync(join(folder, 'src', rest.join('/').replace(OUTPUT, '.ts')));
}

function rewrite(path) {
  const text = readFileSync(path, 'utf8');
  const here = dirname(relative(PACKED, path));
  const toRelative = (name) => {
    const target = posix.relative(here, `${name}/dist/index.js`);
    return target.startsWith('.') ? target : `./${target}`;
  };
  writeFileSync(
    path,
    text.replace(SPECIFIER, (_, opening, quote, name) => `${opening}${quote}${toRelative(name)}${quote}`),
  );
}

function toPackedManifest({ devDependencies: _, scripts: _scripts, ...manifest }, names) {
  const own = manifest.name.slice(SCOPE.length);
  const toPacked = (path) => path.replace(/^(\.\/)?dist\//, (_all, dot = '') => `${dot}${PACKED}/${own}/dist/`);
  const move = (value) =>
    typeof value === 'string'
      ? toPacked(value)
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, move(inner)]));
  const versions = readCatalog();
  const needed = names.flatMap((name) => Object.keys(read(manifestOf(name)).dependencies ?? {}));
  const others = [...new Set(needed)].filter((name) => !name.startsWith(SCOPE)).sort();
  return {
    ...manifest,
    files: [PACKED],
    main: toPacked(manifest.main),
    types: toPacked(manifest.types),
    exports: move(manifest.exports),
    dependencies: Object.fromEntries(others.map((name) => [name, versions.get(name)])),
  };
}

/** The versions of pnpm-workspace.yaml's `catalog`. */
function readCatalog() {
  const [, catalog] = /^catalog:\n((?: {2}.*\n)+)/m.exec(readFileSync(join(rootDir, 'pnpm-workspace.yaml'), 'utf8'));
  return new Map([...catalog.matchAll(/^ {2}"?([^":]+)"?: (.+)$/gm)].map(([, name, version]) => [name, version]));
}

if (process.argv[2] === 'before') before();
else after();
