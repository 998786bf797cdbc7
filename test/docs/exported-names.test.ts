import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_TYPES, findFiles, ROOT } from './tree';

/** Every service has its own; every file of commands has what adds them; every page its title, and `t` its texts. */
const ONE_EACH = ['Config', 'configShape', 'OPERATOR', 'SWEEPS', 'addCommands', 'title', 't'];

it.each([
  [
    'the services and packages',
    /^(?:packages|services)\/(?!clients\/dashboard)(?:\w+\/)?[^/]+\/src\/.*(?<!\.test)\.ts$/,
  ],
  // It runs in the browser, and knows the others by their API alone.
  ['the dashboard', /^packages\/clients\/dashboard\/src\/.*(?<!\.test)\.tsx?$/],
])('no exported name is declared in two files of %s', (_part, sources) => {
  const places = new Map<string, string[]>();
  for (const path of findFiles().filter((file) => sources.test(file) && file !== CLIENT_TYPES)) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [, name] of text.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)) {
      places.set(name!, [...new Set([...(places.get(name!) ?? []), path])]);
    }
  }
  expect([...places].filter(([name, files]) => files.length > 1 && !ONE_EACH.includes(name))).toEqual([]);
});
