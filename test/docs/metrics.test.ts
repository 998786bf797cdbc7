import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildService, type ServiceModules } from './build-service';
import { findMetrics, renderMetrics } from './metrics';

const root = join(__dirname, '../..');

it('lists what the services report: run `npm run docs` after a change', async () => {
  const byService = await Promise.all(
    readdirSync(join(root, 'services')).map(async (name) => {
      const load = (file: string) => import(join(root, 'services', name, 'src', file));
      const modules = { config: await load('config'), service: await load('service') } as ServiceModules;
      return [name, await findMetrics(buildService(name, modules))] as const;
    }),
  );
  const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
  expect(page).toBe(renderMetrics(Object.fromEntries(byService)));
});

it('lists what all services have once, and which service has the others', () => {
  const common = { name: 'cyberstroll_a', type: 'gauge', labels: ['x'], meaning: 'A' };
  const shared = { name: 'cyberstroll_b_total', type: 'counter', labels: [], meaning: 'B | b' };
  const page = renderMetrics({ one: [common, shared], two: [shared, common], three: [common] });
  expect(page.match(/cyberstroll_a`/g)).toHaveLength(1);
  expect(page).toContain('| `cyberstroll_a` | gauge | `x` | A |\n');
  expect(page).toContain('| `cyberstroll_b_total` | counter |  | B \\| b | one, two |\n');
});
