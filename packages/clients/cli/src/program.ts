import { Command, Option } from 'commander';
import { paintError, wantsColor } from './color';
import { type CommandContext, connectToApi, type GlobalOptions } from './command-context';
import { addAlertCommands } from './commands/fleet/alert';
import { addAuditCommand } from './commands/fleet/audit';
import { addDeadLetterCommands } from './commands/fleet/dead-letter';
import { addKeyCommands } from './commands/fleet/key';
import { addNodeCommands } from './commands/fleet/node';
import { addStatisticsCommand } from './commands/fleet/statistics';
import { addTopCommand } from './commands/fleet/top';
import { addCompletionCommand } from './commands/local/completion';
import { addConformanceCommand } from './commands/local/conformance';
import { addDoctorCommand } from './commands/local/doctor';
import { addResultsCommand } from './commands/tasks/results';
import { addSubTaskCommands } from './commands/tasks/subtask';
import { addTargetCommands } from './commands/tasks/target';
import { addTaskCommands } from './commands/tasks/task';
import { EXIT_CODES } from './exit-code';
import { suggestEverywhere } from './help/did-you-mean';
import { toExamples } from './help/examples';
import { HELP_CONFIGURATION } from './help/help-configuration';
import { sayCommanderError } from './language/commander-errors';
import { LANGUAGES } from './language/language';
import { say, sayText } from './language/say';
import { createOutput, type OutputStreams } from './output';
import { createTimeText } from './text/time-text';
import type { KeyboardStream } from './top/terminal-screen';

export interface RunOptions extends OutputStreams {
  stdin: KeyboardStream;
  env: Record<string, string | undefined>;
  cwd: string;
  /** In which times are shown; the process's own by default. */
  timeZone?: string;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
}

const { version } = require('../package.json') as { version: string };

const HELP_WIDTH = 100;

/** All commands, as commander parses them and shows their help. */
export function createProgram({ stdout, stderr, stdin, env, cwd, timeZone, signal }: RunOptions): Command {
  const program = new Command('cyberstroll')
    .description('Run, watch, control and inspect scan tasks.')
    .option('--url <url>', 'URL of the API; default: CYBERSTROLL_URL, else the running local stack (.local/stack.json)')
    .option('--key <key>', 'API key; prefer CYBERSTROLL_API_KEY: other users can see the command line')
    .option('--ws-url <url>', 'URL of the progress WebSocket; default: CYBERSTROLL_WS_URL, else the host of the API')
    .option('--json', 'print data as JSON: one document, or one line per update while watching')
    .option('--utc', 'show times in UTC instead of the local time zone; JSON always has UTC')
    .option('--no-color', 'no colours; like NO_COLOR')
    .addOption(
      new Option('--lang <language>', 'language of texts; default: CYBERSTROLL_LANG, else the locale').choices(
        LANGUAGES,
      ),
    )
    .version(version, '-V, --version', 'print the version')
    .configureHelp(HELP_CONFIGURATION)
    .helpOption('-h, --help', 'display help for command')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHasColors: () => hasColor(stderr),
      getOutHasColors: () => hasColor(stdout),
      outputError: (text, write) => write(paintError(sayCommanderError(text), hasColor(stderr))),
    })
    .exitOverride()
    .showHelpAfterError(say('(--help shows how)'))
    .addHelpText(
      'before',
      toExamples(
        ['task create 10.0.0.0/24 --ports 22,80 --watch', 'scan a network and follow the progress'],
        ['results --port 22', 'which hosts have port 22 open?'],
        ['task list --status RUNNING', 'the tasks that run now'],
        ['doctor', 'what is wrong, and how to correct it'],
      ),
    )
    .addHelpText('after', () => `\n${say('Exit codes:')}\n${toExitCodeText()}`);

  function hasColor(stream: { isTTY?: boolean }): boolean {
    return wantsColor(stream, env, program.opts<GlobalOptions>().color === false);
  }

  function toContext(command: Command): CommandContext {
    const globals = command.optsWithGlobals<GlobalOptions>();
    return {
      output: createOutput(
        { stdout, stderr },
        {
          json: globals.json ?? false,
          color: hasColor(stdout),
          messageColor: hasColor(stderr),
          isDumb: env['TERM'] === 'dumb',
          toTimeText: createTimeText(globals.utc ? 'UTC' : timeZone),
        },
      ),
      connect: (stopped = signal) => connectToApi(globals, { env, cwd, signal: stopped }),
      stdin,
      signal,
    };
  }

  addTaskCommands(program, toContext);
  addTargetCommands(program, toContext);
  addSubTaskCommands(program, toContext);
  addResultsCommand(program, toContext);
  addNodeCommands(program, toContext);
  addStatisticsCommand(program, toContext);
  addTopCommand(program, toContext);
  addDeadLetterCommands(program, toContext);
  addAlertCommands(program, toContext);
  addAuditCommand(program, toContext);
  addKeyCommands(program, toContext);
  addDoctorCommand(program, toContext, { env, cwd });
  addConformanceCommand(program, toContext, { env, cwd });
  addCompletionCommand(program, toContext);
  suggestEverywhere(program);
  return program;
}

const toExitCodeText = (): string =>
  Object.values(EXIT_CODES)
    .map(({ code, text }) => `  ${String(code).padStart(3)}  ${sayText(text)}`)
    .join('\n');
