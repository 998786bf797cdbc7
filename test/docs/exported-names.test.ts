import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_TYPES, findFiles, ROOT } from './tree';

/** Every service has its own. */
const ONE_EACH = ['Config', 'configShape', 'OPERATOR'];

it('no exported name is declared in two files', () => {
  const places = new Map<string, string[]>();
  const sources = /^(?:packages|services)\/[^/]+\/src\/.*(?<!\.test)\.ts$/;
  for (const path of findFiles().filter((file) => sources.test(file) && file !== CLIENT_TYPES)) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [, name] of text.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)) {
      places.set(name!, [...new Set([...(places.get(name!) ?? []), path])]);
    }
  }
  expect([...places].filter(([name, files]) => files.length > 1 && !ONE_EACH.includes(name))).toEqual([]);
});
