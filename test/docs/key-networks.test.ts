import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderKeyNetworks } from './key-networks';

it('docs/key-networks.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(__dirname, '../../docs/key-networks.md'), 'utf8')).toBe(renderKeyNetworks());
});
