import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a source, a file or one in a folder, is newer than `built`, or `built` is missing. */
export function isStale(built, sources) {
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const isNewer = (path) => statSync(path).mtimeMs > builtAt;
  return sources.some((source) => (statSync(source).isFile() ? isNewer(source) : findFiles(source).some(isNewer)));
}

/** The files of a folder, without what is installed or built in it. */
function findFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !['node_modules', 'dist', '__pycache__'].includes(entry.name) ? findFiles(path) : [];
  });
}
