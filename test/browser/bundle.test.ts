import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Before a page shows anything: what `index.html` names, and itself. */
const MAX_FIRST_BYTES = 80_000;
const MAX_BYTES = 190_000;
/** What services say in Chinese, loaded by readers of Chinese alone. */
const MAX_CHINESE_BYTES = 9_000;
const dist = join(__dirname, '../../packages/clients/dashboard/dist');

it('the dashboard is under 80 KB before a page shows, and under 190 KB in all, with gzip, but for the Chinese of services, which is under 9', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const sizes = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(js|css|html|json)$/.test(file))
    .map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }))
    .sort((a, b) => b.bytes - a.bytes);
  const first = sizes.filter(({ file }) => file === 'index.html' || page.includes(`"/${file}"`));
  const sum = (some: typeof sizes) => some.reduce((all, { bytes }) => all + bytes, 0);
  const kinds = new Set(first.map(({ file }) => file.replace(/.*\./, '')));
  expect([...kinds].sort()).toEqual(['css', 'html', 'js']);
  const isChinese = ({ file }: { file: string }) => /\/chinese-/.test(file);
  const chinese = sum(sizes.filter(isChinese));
  expect(chinese).toBeGreaterThan(0);
  const fits = {
    first: sum(first) < MAX_FIRST_BYTES,
    all: sum(sizes) - chinese < MAX_BYTES,
    chinese: chinese < MAX_CHINESE_BYTES,
  };
  expect({ ...fits, sizes }).toMatchObject({ first: true, all: true, chinese: true });
});
