import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { CliError, toErrorLines } from './cli-error';
import { type CommandContext, connectToApi, type GlobalOptions } from './command-context';
import { addAlertCommands } from './commands/alert';
import { addAuditCommand } from './commands/audit';
import { addConformanceCommand } from './commands/conformance';
import { addDeadLetterCommands } from './commands/dead-letter';
import { addDoctorCommand } from './commands/doctor';
import { addNodeCommands } from './commands/node';
import { addResultsCommand } from './commands/results';
import { addStatisticsCommand } from './commands/statistics';
import { addSubTaskCommands } from './commands/subtask';
import { addTaskCommands } from './commands/task';
import { EXIT_CODES } from './exit-code';
import { createOutput, type OutputStreams } from './output';
import { createTimeText } from './text/time-text';

export interface RunOptions extends OutputStreams {
  stdin: Readable;
  env: Record<string, string | undefined>;
  cwd: string;
  /** In which times are shown; the process's own by default. */
  timeZone?: string;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
}

/** Runs one invocation, `argv` without program and script, and resolves with its exit code; never rejects. */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  const program = createProgram(options);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT_CODES.ok.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
    options.stderr.write(`${toErrorLines(error)}\n`);
    return error instanceof CliError ? error.exitCode : EXIT_CODES.error.code;
  }
}

function createProgram({ stdout, stderr, stdin, env, cwd, timeZone, signal }: RunOptions): Command {
  const program = new Command('cyberstroll')
    .description('Run, watch, control and inspect scan tasks.')
    .option('--url <url>', 'URL of the API; default: CYBERSTROLL_URL, else the running local stack (.local/stack.json)')
    .option('--key <key>', 'API key; prefer CYBERSTROLL_API_KEY: other users can see the command line')
    .option('--ws-url <url>', 'URL of the progress WebSocket; default: CYBERSTROLL_WS_URL, else the host of the API')
    .option('--json', 'print data as JSON: one document, or one line per update while watching')
    .option('--utc', 'show times in UTC instead of the local time zone; JSON always has UTC')
    .version(readVersion(), '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHelpWidth: () => 100,
    })
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', () => `\nExit codes:\n${toExitCodeText()}`);

  function toContext(command: Command): CommandContext {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const color = Boolean(stderr.isTTY) && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
    const toTimeText = createTimeText(globals.utc ? 'UTC' : timeZone);
    return {
      output: createOutput({ stdout, stderr }, { json: globals.json ?? false, color, toTimeText }),
      connect: () => connectToApi(globals, { env, cwd, signal }),
      stdin,
      signal,
    };
  }

  addTaskCommands(program, toContext);
  addSubTaskCommands(program, toContext);
  addResultsCommand(program, toContext);
  addNodeCommands(program, toContext);
  addStatisticsCommand(program, toContext);
  addDeadLetterCommands(program, toContext);
  addAlertCommands(program, toContext);
  addAuditCommand(program, toContext);
  addDoctorCommand(program, toContext, { env, cwd });
  addConformanceCommand(program, toContext, { env, cwd });
  return program;
}

/** That of the package, `1.2.3`. */
const readVersion = (): string => JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')).version;

const toExitCodeText = (): string =>
  Object.values(EXIT_CODES)
    .map(({ code, text }) => `  ${String(code).padStart(3)}  ${text}`)
    .join('\n');
