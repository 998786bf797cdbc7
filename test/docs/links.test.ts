import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { findFiles, ROOT } from './tree';

const files = findFiles();
const folders = new Set(files.flatMap(toFolders));
const pages = files.filter((file) => file.endsWith('.md'));
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

describe('every room', () => {
  const houses = ['services', 'packages', 'packages/nodes', 'packages/clients'].flatMap((kind) =>
    readdirSync(join(ROOT, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${kind}/${name}`),
  );

  it.each([...houses, 'deploy', 'deploy/local', 'test/e2e', 'test/faults'])('%s has a README', (room) => {
    expect(pages).toContain(`${room}/README.md`);
  });
});

describe('a link', () => {
  it.each(pages)('of %s leads to a page and a heading that exist', (page) => {
    for (const [, path, anchor] of read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
      if (/^\w+:/.test(path!)) continue;
      const file = path ? normalize(join(dirname(page), path)).replace(/\/$/, '') : page;
      expect([path, files.includes(file) || folders.has(file)]).toEqual([path, true]);
      if (anchor) expect(findAnchors(file)).toContain(anchor);
    }
  });
});

describe('a back-ticked path', () => {
  it.each(pages)('of %s exists', (page) => {
    expect(findPaths(read(page)).filter((path) => !exists(path, page))).toEqual([]);
  });

  it.each([
    ['from the root', 'test/docs/tree.ts', true],
    ['from the page', 'src/index.ts', true],
    ['of a folder', 'packages/store/', true],
    ['of many files', 'services/*/src/{main,config}.ts', true],
    ['of what is built', 'services/task-api/dist/bundle.js', true],
    ['that jest matches', 'npx jest test/docs/lin', true],
    ['of a file anywhere, by its name', 'links.test.ts', true],
    ['of a file that is gone', 'test/docs/gone.ts', false],
    ['of one of two files that is gone', 'src/{index,gone}.ts', false],
    ['of a file that is nowhere', 'gone-from-everywhere.ts', false],
  ])('%s is found, or found to be gone', (_, path, isThere) => {
    expect(findPaths(`\`${path}\``).every((each) => exists(each, 'packages/store/README.md'))).toBe(isThere);
  });
});

function toFolders(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...toFolders(folder)];
}

const findAnchors = (page: string) => [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => toAnchor(heading!));

/** As GitHub makes a heading's anchor. */
function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

const IS_FILE = /^(?!\/)[\w@.{},*<>/-]+\.(?:ts|js|mjs|cjs|jsonc?|ya?ml|md)$/;
const IS_IN_ROOM = /^(?:packages|services|test|deploy|docs)\/[\w@.{},*<>/-]*$/;

/**
 * The words between back-ticks that look like paths of this repository. A URL's path begins with a slash. `.local` is
 * written when the stack runs.
 */
function findPaths(text: string): string[] {
  const inline = text.replace(/^```[\s\S]*?^```/gm, '');
  const words = [...inline.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code!.split(/\s+/));
  return words.filter((word) => (IS_FILE.test(word) || IS_IN_ROOM.test(word)) && !word.startsWith('.local/'));
}

function exists(path: string, page: string): boolean {
  const compiled = path.replace(/dist\/bundle\.js$/, 'dist/main.js');
  const source = compiled.replace(/^(.*\/)?dist\/(.*)\.js$/, '$1src/$2.ts').replace(/^test\/src\//, 'test/');
  return expandBraces(source).every((each) => {
    if (!each.includes('/')) return files.some((file) => toPattern(each).test(basename(file)));
    const patterns = [each, join(dirname(page), each)].map((from) => toPattern(normalize(from)));
    return patterns.some(
      (pattern) => files.some((file) => pattern.test(file)) || [...folders].some((f) => pattern.test(f)),
    );
  });
}

function expandBraces(path: string): string[] {
  const [all, before, choices, after] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  if (all === undefined) return [path];
  return choices!.split(',').flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

/** `*` and `<name>` stand for any name. A path of a test may stop before the end of the name: jest is given such. */
function toPattern(path: string): RegExp {
  const escaped = path.replace(/\/$/, '').replace(/[.+^$()|[\]\\]/g, '\\$&');
  const wild = escaped.replace(/\*|<[^>]*>/g, '[^/]+');
  return new RegExp(path.includes('test/') && !/\.\w+$/.test(path) ? `^${wild}` : `^${wild}$`);
}
