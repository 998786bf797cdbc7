import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepTable } from '@cyberstroll/runtime';
import { SWEEPING, writeSweeps } from './sweeps';

const root = join(__dirname, '../../services');

it.each(SWEEPING)(
  'the README of %s lists its sweeps as they are: run `npm run docs` after a change',
  async (service) => {
    const { SWEEPS } = (await import(join(root, service, 'src/sweep-table'))) as { SWEEPS: SweepTable };
    const readme = readFileSync(join(root, service, 'README.md'), 'utf8');
    expect(readme).toBe(writeSweeps(readme, SWEEPS));
  },
);
