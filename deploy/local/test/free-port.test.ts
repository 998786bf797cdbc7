import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@cyberstroll/testkit';

const MODULE = join(__dirname, '../dist/engines/free-port.js');
const PORTS = 600;

it('never gives two processes the same port, before anything listens on it', async () => {
  const script = `
    const { findFreePort } = require(${JSON.stringify(MODULE)});
    (async () => {
      for (let i = 0; i < ${PORTS}; i++) console.log(await findFreePort());
      process.stdin.resume().once('end', () => process.exit());
    })();`;
  // Both live until both have their ports.
  const both = [0, 1].map(() => promisify(execFile)(process.execPath, ['-e', script]));
  const texts = both.map(({ child }) => {
    let text = '';
    child.stdout!.on('data', (part) => (text += part));
    return () => text.trim().split('\n');
  });
  await eventually(() => texts.every((read) => read().length === PORTS));
  for (const { child } of both) child.stdin!.end();
  await Promise.all(both);
  const ports = texts.flatMap((read) => read());
  expect(new Set(ports).size).toBe(2 * PORTS);
});
