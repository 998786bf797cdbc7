import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Also from where this is compiled to, test/dist/docs. */
export const ROOT = join(__dirname, basename(dirname(__dirname)) === 'dist' ? '../../..' : '../..');

/** A generator chooses its names and lines. */
export const CLIENT_TYPES = 'packages/clients/client/src/openapi.ts';

const NOT_OURS = new Set(['node_modules', 'dist', 'packed', '.git', '.local', '__pycache__']);

/**
 * Every file of the repository, as a path from its root. What is installed, built or written at run time is left out.
 */
export function findFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? findFiles(path) : [path];
    });
}
