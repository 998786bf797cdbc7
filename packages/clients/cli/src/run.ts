import { type Command, CommanderError } from 'commander';
import { CliError, toErrorLines } from './cli-error';
import { wantsColor } from './color';
import { EXIT_CODES } from './exit-code';
import { findLanguage } from './language/language';
import { speak } from './language/say';
import { findNextStep } from './next-step';
import { createProgram, type RunOptions } from './program';

/** Runs one invocation, `argv` without program and script, and resolves with its exit code; never rejects. */
export const run = (argv: readonly string[], options: RunOptions): Promise<number> =>
  speak(findLanguage(argv, options.env), () => runProgram(argv, options));

async function runProgram(argv: readonly string[], options: RunOptions): Promise<number> {
  const program = createProgram(options);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    // Commander has written its own errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    options.stderr.write(`${toText(error, program, options)}\n`);
    return error instanceof CliError ? error.exitCode : EXIT_CODES.error;
  }
}

function toText(error: unknown, program: Command, { stderr, env }: RunOptions): string {
  const color = wantsColor(stderr, env, program.opts()['color'] === false);
  return toErrorLines(error, { color, nextStep: findNextStep(error, program) });
}
