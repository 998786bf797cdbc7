import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { renderConfiguration } from './configuration';

const root = join(__dirname, '../..');
const services = readdirSync(join(root, 'services'));
const loadShape = async (service: string) =>
  ((await import(join(root, 'services', service, 'src/config'))) as { configShape: z.ZodRawShape }).configShape;

it('is what the services read: run `npm run docs` after a change', async () => {
  const shapes = await Promise.all(services.map(async (service) => [service, await loadShape(service)] as const));
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  expect(page).toBe(renderConfiguration(Object.fromEntries(shapes)));
});

it.each(services)('%s says what each variable means', async (service) => {
  for (const [name, field] of Object.entries(await loadShape(service))) {
    expect([name, (field as z.ZodType).description]).toEqual([name, expect.stringMatching(/\w/)]);
  }
});

it.each(services)('%s marks as secret whatever may hold one', async (service) => {
  const secrets = Object.entries(await loadShape(service))
    .filter(([, field]) => (field as z.ZodType).meta()?.['secret'])
    .map(([name]) => name);
  const names = Object.keys(await loadShape(service));
  expect(secrets).toEqual(
    names.filter((name) => /URL$|URI$|(?<!_PER)_KEY$|_KEYS$|SECRET|PASSWORD|TOKEN|WEBHOOKS$/.test(name)),
  );
});

it('lists what services share once, and what is their own under each', () => {
  const page = renderConfiguration({
    one: { A_MS: z.coerce.number().int().min(1).default(5).describe('Shared'), ONLY: z.string().describe('Own') },
    two: { A_MS: z.coerce.number().int().min(1).default(5).describe('Shared') },
  });
  expect(page).toContain('| `A_MS` | `5` | ms | 1 or more | Shared | all |');
  expect(page).toMatch(/## one\n\n.*\n.*\n\| `ONLY` \| \*\*must be set\*\* \| {2}\| text \| Own \|\n/);
  expect(page).toContain('## two\n\nOnly what is shared.');
});
