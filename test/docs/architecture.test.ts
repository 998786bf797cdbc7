import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXCHANGES } from '@cyberstroll/contracts';
import { findFiles, ROOT } from './tree';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/architecture.md');
const sources = findFiles().filter((path) => /^(?:packages|services)\/.*\/src\/.*(?<!\.test)\.tsx?$/.test(path));

/** The words in back-ticks of the item of the page that begins so. */
function readWords(start: string): string[] {
  const [, item = ''] = page.split(`\n${start}`);
  return [...item.split(/\n(?! )/)[0]!.matchAll(/`([^`]+)`/g)].map(([, word]) => word!).sort();
}

const readPicture = (text: string) => /^```\n(?<picture> +client .*?)^```$/ms.exec(text)?.groups;

/** The services in the table of a page, each with what it scales by. */
const readScaling = (text: string) =>
  [...text.matchAll(/^\| \[([\w-]+)\]\([./]*services\/.*\| ([^|]+) \|$/gm)].map(([, name, scales]) => [name!, scales!]);

describe('the page on the architecture names', () => {
  it('every exchange', () => {
    const exchanges = Object.values(EXCHANGES).map(({ name }) => name);
    expect(readWords('- RabbitMQ exchanges:')).toEqual(exchanges.sort());
  });

  it('every key and channel of Redis', () => {
    const code = sources.filter((path) => /\/realtime\/src\/(?!doctor)/.test(path)).map(read);
    const names = [...code.join('\n').matchAll(/`\$\{(prefix|channelPrefix)\}([^`]+)`/g)].map(([, prefix, name]) =>
      (prefix === 'prefix' ? name! : `cs:progress:${name}`).replace(/\$\{[^}]*\}/g, '*').replace(/:$/, ':*'),
    );
    const named = readWords('- Redis').map((name) => name.replace(/\{\w+\}/g, '*'));
    expect(named.sort()).toEqual([...new Set(names)].sort());
  });

  it('every kind of folder that a service has', () => {
    const folders = sources
      .filter((path) => path.startsWith('services/'))
      .map((path) => dirname(path).split('/src/')[1]?.split('/')[0])
      .filter((folder) => folder !== undefined);
    const named = new Set([...page.matchAll(/`src\/([\w-]+)`/g)].map(([, folder]) => folder));
    expect([...named].sort()).toEqual([...new Set(folders)].sort());
  });

  it('the same arrows as the README', () => {
    expect(readPicture(page)).toBeDefined();
    expect(readPicture(read('README.md'))).toEqual(readPicture(page));
  });

  it('what each service scales by, in the same words as the README', () => {
    const scaling = readScaling(page);
    expect(readScaling(read('README.md'))).toEqual(scaling);
    expect(scaling.map(([name]) => name).sort()).toEqual(
      [...new Set(sources.flatMap((path) => /^services\/([^/]+)/.exec(path)?.[1] ?? []))].sort(),
    );
    const leading = scaling.filter(([name]) => /createLeadership/.test(read(`services/${name}/src/service.ts`)));
    for (const [, scales] of leading) expect(scales).toMatch(/lead/);
  });
});

it.each([
  ['amqplib', ['conformance', 'messaging']],
  ['mongoose', ['store', 'testkit']],
  ['ioredis', ['realtime', 'testkit']],
])('of services and packages, only these name %s: %j', (library, packages) => {
  const naming = sources.filter((path) => new RegExp(`(?:from|import|require)\\W+${library}\\b`).test(read(path)));
  expect([...new Set(naming.map((path) => basename(path.split('/src/')[0]!)))].sort()).toEqual(packages);
});
