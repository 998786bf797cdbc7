import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(__dirname, '../../../..');

/** Finds the source of a function of a bundle, as `packages/store/src/…`; `a dependency` where its map has none. */
export function createPlaces() {
  const maps = new Map<string, SourceMap>();
  const getMap = (script: string) => {
    const map = maps.get(script) ?? new SourceMap(JSON.parse(readFileSync(`${script}.map`, 'utf8')));
    maps.set(script, map);
    return map;
  };
  return (url: string, line: number, column: number): string => {
    if (!url.startsWith('file:')) return url;
    const script = fileURLToPath(url);
    const entry = getMap(script).findEntry(line, column);
    if (!('originalSource' in entry) || !entry.originalSource) return 'a dependency';
    const source = entry.originalSource.startsWith('file:')
      ? fileURLToPath(entry.originalSource)
      : entry.originalSource;
    return relative(ROOT, resolve(dirname(script), source));
  };
}
