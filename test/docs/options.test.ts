import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './tree';

const UNITS: Record<string, RegExp> = { Ms: /\bmilliseconds\b/i, Bytes: /\bbytes\b/i };

/** The options of an interface: the name of each, and its docstring. */
function readOptions(file: string, name: string): { option: string; isOptional: boolean; doc: string }[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const body = new RegExp(`interface ${name} {\n(.*?)\n}\n`, 's').exec(source)![1]!;
  const options = body.matchAll(/(?: {2}\/\*\*(?<doc>(?:(?!\*\/).)*)\*\/\n)? {2}(?<option>\w+)(?<mark>\??): /gs);
  return [...options].map(({ groups }) => ({
    option: groups!['option']!,
    isOptional: groups!['mark'] === '?',
    doc: (groups!['doc'] ?? '').replace(/\n\s*\* ?/g, ' '),
  }));
}

describe.each([
  ['packages/nodes/scanner-sdk/src/scanner-node.ts', 'ScannerNodeOptions'],
  ['packages/messaging/src/consumer/consumer-options.ts', 'ConsumerCoreOptions'],
  ['packages/messaging/src/publisher/publisher.ts', 'PublisherOptions'],
])('%s: %s', (file, name) => {
  const options = readOptions(file, name);

  it.each(options.filter(({ isOptional }) => isOptional))('gives the default of $option', ({ doc }) => {
    expect(doc).toMatch(/Default: \S/);
  });

  it('gives the unit of each option that has one', () => {
    expect(options.length).toBeGreaterThan(1);
    for (const { option, doc } of options) {
      const unit = Object.entries(UNITS).find(([suffix]) => option.endsWith(suffix));
      if (unit) expect([option, doc]).toEqual([option, expect.stringMatching(unit[1])]);
    }
  });
});
