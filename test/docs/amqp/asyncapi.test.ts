import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { ROOT } from '../tree';

const readDocument = (file: string) => readFileSync(join(ROOT, 'docs', file), 'utf8');
/** 0 is an error, 1 a warning; 2 and 3 are advice. */
const WARNING = 1;
const isFault = ({ severity }: { severity: number }) => severity <= WARNING;

describe.each([
  [
    'asyncapi.json',
    {
      sendJob: 'send',
      receiveUpdates: 'receive',
      sendServiceUpdates: 'send',
      receiveHeartbeat: 'receive',
      sendControl: 'send',
      sendEvent: 'send',
      receiveDeadLetter: 'receive',
    },
  ],
  [
    'asyncapi-node.json',
    { receiveJob: 'receive', sendUpdates: 'send', sendHeartbeat: 'send', receiveControl: 'receive' },
  ],
])('docs/%s', (file, operations) => {
  const parsing = new Parser().parse(readDocument(file));

  it('has no error and no warning, says @asyncapi/parser', async () => {
    const { document, diagnostics } = await parsing;
    expect(diagnostics.filter(isFault)).toEqual([]);
    const all = document!.operations().all();
    expect(Object.fromEntries(all.map((operation) => [operation.id(), operation.action()]))).toEqual(operations);
    for (const operation of all) {
      expect([operation.id(), operation.messages().isEmpty(), operation.channels().isEmpty()]).toEqual([
        operation.id(),
        false,
        false,
      ]);
    }
  });

  it('has a name for each object and each list of values, after which code is named', async () => {
    const { document } = await parsing;
    const nameless = document!
      .allSchemas()
      .all()
      .filter((schema) => String(schema.id()).startsWith('<anonymous'))
      .map((schema) => schema.json() as Record<string, unknown>)
      .filter((schema) => ['properties', 'enum', 'const', 'oneOf', 'allOf'].some((word) => word in schema));
    expect(nameless).toEqual([]);
  });
});

it.each(['asyncapi.json', 'asyncapi-node.json'])('docs/%s names the field by which control messages differ', (file) => {
  const { schemas } = (JSON.parse(readDocument(file)) as { components: { schemas: Record<string, Schema> } })
    .components;
  const { discriminator, oneOf } = schemas['control']!;
  expect(discriminator).toBe('state');
  const alternatives = oneOf!.map(({ $ref }) => schemas[$ref.split('/').at(-1)!]!);
  expect(alternatives.map(({ required }) => required)).toEqual(Array(5).fill(expect.arrayContaining([discriminator])));
});

interface Schema {
  discriminator?: string;
  oneOf?: { $ref: string }[];
  required?: string[];
}

it('a reference that leads nowhere is an error', async () => {
  const { diagnostics } = await new Parser().parse(
    readDocument('asyncapi.json').replaceAll('"#/components/schemas/job"', '"#/components/schemas/no"'),
  );
  expect(diagnostics.filter(isFault)).not.toEqual([]);
});
