import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** In a process of its own: V8 makes strings slow at the first class that extends String, and only then. */
const SCRIPT = `
  const areFast = () => %HasFastProperties(String.prototype);
  const { createRealtime } = require('./dist');
  createRealtime({ url: 'redis://127.0.0.1:1', logger: {} });
  console.log(areFast());
`;

it('undoes what ioredis does to all strings of a process', () => {
  const args = ['--allow-natives-syntax', '--eval', SCRIPT];
  const said = execFileSync(process.execPath, args, { cwd: join(__dirname, '..'), encoding: 'utf8' });
  expect(said.trim()).toBe('true');
});
