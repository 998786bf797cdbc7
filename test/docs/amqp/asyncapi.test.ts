import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { EXCHANGES } from '@cyberstroll/contracts';
import { ROOT } from '../tree';

const text = readFileSync(join(ROOT, 'docs/asyncapi.json'), 'utf8');
/** 0 is an error, 1 a warning; 2 and 3 are advice. */
const WARNING = 1;

it('docs/asyncapi.json has no error and no warning, says @asyncapi/parser', async () => {
  const { document, diagnostics } = await new Parser().parse(text);
  expect(diagnostics.filter(({ severity }) => severity <= WARNING)).toEqual([]);
  const operations = document!.operations().all();
  expect(operations).toHaveLength(Object.keys(EXCHANGES).length);
  for (const operation of operations)
    expect([operation.id(), operation.messages().isEmpty()]).toEqual([operation.id(), false]);
});

it('a reference that leads nowhere is an error', async () => {
  const { diagnostics } = await new Parser().parse(
    text.replaceAll('"#/components/schemas/job"', '"#/components/schemas/no"'),
  );
  expect(diagnostics.filter(({ severity }) => severity <= WARNING)).not.toEqual([]);
});
