import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually } from '@cyberstroll/testkit';

const root = join(__dirname, '../../..');
/** Stands for a stack: stops on a signal, and takes its time. */
const PROGRAM = `
  const { appendFileSync } = require('node:fs');
  const note = (what) => appendFileSync('story', what + '\\n');
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    note(signal);
    setTimeout(() => { note('stopped'); process.exit(); }, 300);
  });
  setInterval(() => {}, 1000);
  note('started');
`;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'npm-scripts-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const readStory = () => readFileSync(join(dir, 'story'), 'utf8').trim().split('\n');

/** The scripts of this repository, with another program in the place of each of theirs. */
function writeScripts(): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'scripts', version: '1.0.0', scripts }));
  for (const file of Object.values<string>(scripts).flatMap((line) => line.match(/\S+\.m?js/g) ?? [])) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), file.endsWith('setup.mjs') ? '' : PROGRAM);
  }
  return scripts;
}

it.each(['SIGINT', 'SIGTERM'] as const)('npm start: a %s to npm’s process stops the stack in order', async (signal) => {
  writeScripts();
  const npm = spawn('npm', ['start'], { cwd: dir, stdio: 'ignore', detached: true });
  const exited = once(npm, 'exit');
  try {
    await eventually(() => readStory().includes('started'));
    npm.kill(signal);
    await exited;
    await eventually(() => expect(readStory()).toEqual(['started', signal, 'stopped']));
  } finally {
    endGroup(npm.pid!);
  }
});

it('every script that runs engines becomes its program, so that the signals of npm reach it', () => {
  const lines = Object.values(writeScripts()).filter((line) => line.includes('setup.mjs && '));
  expect(lines.filter((line) => !line.includes(' && exec node '))).toEqual([]);
});

/** What is left of it, where the test failed. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
