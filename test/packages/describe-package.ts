import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Installation, root } from './install-packed';

/** The paths of a package's files, from its folder. */
const listFiles = async (folder: string, pattern = /./): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** What holds for every package as it is installed. `expected` are files that it must have. */
export function describePackage(installed: () => Installation, expected: string[]): void {
  it('packs what it needs, without tests', async () => {
    const files = await listFiles(installed().packageFolder);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', ...expected]));
    expect(files.filter((file) => /\.test\.|(^|\/)test\/|tsbuildinfo|bundle\.js/.test(file))).toEqual([]);
  });

  it('has a manifest that says whose it is, with plain versions, and every file that it exports', async () => {
    const folder = installed().packageFolder;
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    expect(text).not.toMatch(/workspace:|catalog:|"private"/);
    const { license, author, homepage, main = '', types = '', exports } = JSON.parse(text) as Record<string, string>;
    expect({ license, author, homepage }).toEqual({
      license: 'Apache-2.0',
      author: expect.any(String),
      homepage: expect.stringMatching(/^https:/),
    });
    const exported = [main, types, ...JSON.stringify(exports).match(/(?<=:")\.\/[^"]+/g)!];
    for (const file of exported) expect([file, existsSync(join(folder, file))]).toEqual([file, true]);
  });

  it('packs source maps that lead to packed sources, and no path of this machine', async () => {
    const folder = installed().packageFolder;
    for (const file of await listFiles(folder, /\.(js|map|ts|json|md)$/)) {
      const text = await readFile(join(folder, file), 'utf8');
      expect([file, text.includes(root)]).toEqual([file, false]);
      const { sources } = file.endsWith('.map') ? (JSON.parse(text) as { sources: string[] }) : { sources: [] };
      for (const source of sources) {
        expect([file, existsSync(join(folder, dirname(file), source))]).toEqual([file, true]);
      }
    }
  });

  it('leaves the workspace as it was', () => {
    const left = ['packed', 'package.workspace.json', 'LICENSE'];
    expect(left.filter((file) => existsSync(join(root, installed().source, file)))).toEqual([]);
  });
}
