import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from './config';

const shape = { API_KEYS: z.string(), RABBITMQ_URL: z.string().default('amqp://127.0.0.1') };

const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const write = (name: string, text: string) => {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
};

it('reads any variable from the file that NAME_FILE names, less one newline at its end', () => {
  const env = { API_KEYS_FILE: write('keys', 'a\nb\n\n'), RABBITMQ_URL_FILE: write('url', 'amqp://engine\r\n') };
  expect(loadConfig(shape, env)).toEqual({ API_KEYS: 'a\nb\n', RABBITMQ_URL: 'amqp://engine' });
});

it.each([
  [
    'set twice',
    { API_KEYS: 'hidden', API_KEYS_FILE: write('twice', 'hidden') },
    'API_KEYS: it and API_KEYS_FILE are both set; set one of them',
  ],
  ['not there', { API_KEYS_FILE: join(dir, 'absent') }, 'API_KEYS_FILE: cannot be read (ENOENT)'],
  ['a folder', { API_KEYS_FILE: dir }, 'API_KEYS_FILE: cannot be read (EISDIR)'],
  ['empty', { API_KEYS_FILE: write('empty', '\n') }, 'API_KEYS_FILE: the file is empty'],
])('names a variable that is %s, once, and repeats nothing of it', (_, env, problem) => {
  expect(() => loadConfig(shape, env)).toThrow(expect.objectContaining({ details: { problems: [problem] } }));
});

it('names what is wrong with files together with everything else', () => {
  const env = { RABBITMQ_URL_FILE: join(dir, 'absent') };
  const problems = ['RABBITMQ_URL_FILE: cannot be read (ENOENT)', expect.stringMatching(/^API_KEYS: /)];
  expect(() => loadConfig(shape, env)).toThrow(expect.objectContaining({ details: { problems } }));
});

it('takes a file variable of its own name for itself', () => {
  const own = { ARCHIVE: z.string().optional(), ARCHIVE_FILE: z.string() };
  expect(loadConfig(own, { ARCHIVE_FILE: '/nowhere' })).toEqual({ ARCHIVE_FILE: '/nowhere' });
});
