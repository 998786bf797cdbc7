/** Imports lead one way: a file can be read, and a package built, after all that it imports. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFiles, ROOT } from './tree';

type Imports = ReadonlyMap<string, readonly string[]>;

const FILES = findFiles();
const SOURCES = new Set(FILES.filter((path) => /\.(?:ts|tsx|mts)$/.test(path)));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** By name, the folder of each package. */
const PACKAGES = new Map<string, string>(
  FILES.filter((path) => path.endsWith('package.json')).map((path) => [JSON.parse(read(path)).name, dirname(path)]),
);

const IMPORT = /^(?:import|export)\s[^'";]*?from\s+'([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
const readNames = (text: string): string[] =>
  [...text.matchAll(IMPORT)].map(([, from, alone, called]) => (from ?? alone ?? called)!);

/** The file of this tree that an import names. */
function findFile(path: string, name: string): string | undefined {
  const folder = PACKAGES.get(name);
  const place = folder ? join(folder, 'src') : join(dirname(path), name);
  if (!folder && !name.startsWith('.')) return undefined;
  return ['', '.ts', '.tsx', '.mts', '/index.ts'].map((end) => place + end).find((file) => SOURCES.has(file));
}

const readImports = (path: string): string[] => readNames(read(path)).flatMap((name) => findFile(path, name) ?? []);

const toPackage = (path: string): string | undefined =>
  [...PACKAGES.values()].filter((folder) => path.startsWith(`${folder}/src/`)).sort((a, b) => b.length - a.length)[0];

/** The packages that the sources of each package import. Their tests may use the testkit, which uses them. */
function joinPackages(imports: Imports): Imports {
  const joined = new Map<string, string[]>();
  for (const [path, files] of imports) {
    const from = path.includes('.test.') ? undefined : toPackage(path);
    if (!from) continue;
    const others = files.map(toPackage).filter((to): to is string => to !== undefined && to !== from);
    joined.set(from, [...new Set([...(joined.get(from) ?? []), ...others])]);
  }
  return joined;
}

/** A way by imports that ends where it began. */
function findCircle(imports: Imports): string[] {
  const done = new Set<string>();
  function follow(path: string, way: readonly string[]): string[] {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of imports.get(path) ?? []) {
      const circle = follow(next, [...way, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  }
  for (const path of imports.keys()) {
    const circle = follow(path, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

const IMPORTS: Imports = new Map([...SOURCES].map((path) => [path, readImports(path)]));

it('no file imports what imports it, not even a type', () => {
  expect(IMPORTS.size).toBeGreaterThan(500);
  expect(findCircle(IMPORTS)).toEqual([]);
});

it('no package imports one that imports it', () => {
  const packages = joinPackages(IMPORTS);
  expect(packages.size).toBeGreaterThan(15);
  expect(findCircle(packages)).toEqual([]);
});

/** The folders that the files of each folder import from, beside those around it and in it. */
function joinFolders(imports: Imports): Imports {
  const joined = new Map<string, string[]>();
  for (const [path, files] of imports) {
    if (path.includes('.test.') || !toPackage(path)) continue;
    const from = dirname(path);
    const others = files.map((file) => dirname(file)).filter((to) => !isWithin(from, to) && !isWithin(to, from));
    joined.set(from, [...new Set([...(joined.get(from) ?? []), ...others])]);
  }
  return joined;
}

const isWithin = (path: string, folder: string) => `${path}/`.startsWith(`${folder}/`);

it('no folder imports from one that imports from it', () => {
  const folders = joinFolders(IMPORTS);
  expect(folders.size).toBeGreaterThan(100);
  expect(findCircle(folders)).toEqual([]);
});

it('a circle is found, whatever leads to it', () => {
  const some = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['e']],
    ['e', ['b']],
  ]);
  expect(findCircle(some)).toEqual(['b', 'd', 'e', 'b']);
  expect(findCircle(new Map([...some, ['e', ['c']]]))).toEqual([]);
});

it.each([
  ["import { a } from './a';", './a'],
  ["import type {\n  A,\n  B,\n} from './a';", './a'],
  ["export { a } from './a';", './a'],
  ["import './a';", './a'],
  ["const a = await import('./a');", './a'],
])('the import in %j is read', (text, name) => {
  expect(readNames(`const x = 1;\n${text}\n`)).toEqual([name]);
});
