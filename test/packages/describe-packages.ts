import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Installation, root } from './install-packed';

/** The paths of a package's files, from its folder. */
export const listFiles = async (folder: string, pattern = /./): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** What holds for every packed package. */
export function describePackages(installed: () => Installation, names: string[]): void {
  it('packs what it needs, without tests', async () => {
    expect(installed().packages.map(([name]) => name)).toEqual(names.map((name) => `@cyberstroll/${name}`));
    for (const [name, folder] of installed().packages) {
      const files = await listFiles(folder);
      expect([name, files]).toEqual([name, expect.arrayContaining(['LICENSE', 'README.md', 'src/index.ts'])]);
      expect(files.filter((file) => /\.test\.|(^|\/)test\/|tsbuildinfo/.test(file))).toEqual([]);
    }
  });

  it('packs manifests that may be published, with plain versions, and every file that they export', async () => {
    for (const [, folder] of installed().packages) {
      const text = await readFile(join(folder, 'package.json'), 'utf8');
      expect(text).not.toMatch(/workspace:|catalog:|"private"/);
      const { license, main = '', types = '', exports } = JSON.parse(text) as Record<string, string>;
      expect(license).toBe('Apache-2.0');
      const exported = [main, types, ...JSON.stringify(exports).match(/(?<=:")\.\/[^"]+/g)!];
      for (const file of exported) expect([file, existsSync(join(folder, file))]).toEqual([file, true]);
    }
  });

  it('packs source maps that lead to packed sources, and no path of this machine', async () => {
    for (const [, folder] of installed().packages) {
      for (const file of await listFiles(folder, /\.(js|map|ts|json|md)$/)) {
        const text = await readFile(join(folder, file), 'utf8');
        expect([file, text.includes(root)]).toEqual([file, false]);
        const { sources } = file.endsWith('.map') ? (JSON.parse(text) as { sources: string[] }) : { sources: [] };
        for (const source of sources) {
          expect([file, existsSync(join(folder, dirname(file), source))]).toEqual([file, true]);
        }
      }
    }
  });
}
