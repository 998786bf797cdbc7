import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MAX_BYTES = 110_000;
const dist = join(__dirname, '../../packages/clients/dashboard/dist');

it('the dashboard is under 110 KB in all, with gzip', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(js|css|html|json)$/.test(file),
  );
  const sizes = files.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }));
  expect(files).toContain('index.html');
  const sum = sizes.reduce((all, { bytes }) => all + bytes, 0);
  const largest = sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 5);
  expect({ fits: sum < MAX_BYTES, sum, largest }).toMatchObject({ fits: true });
});
