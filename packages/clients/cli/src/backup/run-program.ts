import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CliError } from '../cli-error';
import type { CommandContext } from '../command-context';
import { defineTexts, say, verbatim } from '../language/say';

const t = defineTexts({
  missing: [
    '{program} is not on the PATH: install it (mongodump and mongorestore are the MongoDB Database Tools)',
    'PATH 中没有 {program}：请安装（mongodump 和 mongorestore 属于 MongoDB Database Tools）',
  ],
  failed: ['{program} failed ({code}): its own messages are above', '{program} 失败（{code}）：其输出见上文'],
});

/** Runs a program of the PATH to its end; what it writes to stderr is shown. Ctrl-C ends it. */
export async function runProgram(program: string, words: string[], context: CommandContext): Promise<void> {
  const { env, signal, output } = context;
  const child = spawn(program, words, { env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
  createInterface(child.stderr).on('line', (line) => output.message(verbatim(line)));
  try {
    const [code, ended] = await once(child, 'close');
    if (code !== 0) throw new CliError('error', t('failed', { program, code: code ?? ended }));
  } catch (error) {
    if (signal.aborted) throw new CliError('interrupted', say('interrupted'));
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new CliError('error', t('missing', { program })) : error;
  }
}
