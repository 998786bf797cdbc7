import { Option } from 'commander';
import { paintError, wantsColor } from './color';
import { type CommandContext, connectToApi, type GlobalOptions } from './command-context';
import { COMMANDS } from './commands';
import { EXIT_CODES, type ExitName, sayExit } from './exit-code';
import { CliCommand } from './help/cli-command';
import { suggestEverywhere } from './help/did-you-mean';
import { HELP_CONFIGURATION } from './help/help-configuration';
import { sayCommanders } from './language/commander-errors';
import { LANGUAGES } from './language/language';
import { defineTexts, say } from './language/say';
import { createOutput, type OutputStreams } from './output';
import { createTimeText } from './text/time-text';
import type { KeyboardStream } from './top/terminal-screen';

const t = defineTexts({
  about: ['Run, watch, control and inspect scan tasks.', '创建、跟踪、控制和查看扫描任务。'],
  url: [
    'URL of the API; default: CYBERSTROLL_URL, else the running local stack (.local/stack.json)',
    'API 的地址；默认取 CYBERSTROLL_URL，否则为正在运行的本地环境（.local/stack.json）',
  ],
  key: [
    'API key; prefer CYBERSTROLL_API_KEY: other users can see the command line',
    'API 密钥；建议用 CYBERSTROLL_API_KEY：其他用户能看到命令行',
  ],
  ws_url: [
    'URL of the progress WebSocket; default: CYBERSTROLL_WS_URL, else the host of the API',
    '进度 WebSocket 的地址；默认取 CYBERSTROLL_WS_URL，否则与 API 同主机',
  ],
  json: [
    'print data as JSON: one document, or one line per update while watching',
    '以 JSON 输出数据：一个文档；跟踪时每次更新一行',
  ],
  utc: [
    'show times in UTC instead of the local time zone; JSON always has UTC',
    '以 UTC 而非本地时区显示时间；JSON 始终为 UTC',
  ],
  color: ['no colours; like NO_COLOR', '不用颜色；同 NO_COLOR'],
  lang: [
    'language of texts; default: CYBERSTROLL_LANG, else the locale',
    '文字的语言；默认取 CYBERSTROLL_LANG，否则取系统区域设置',
  ],
  version: ['print the version', '输出版本号'],
  help: ['display help for command', '显示命令的帮助'],
  how: ['(--help shows how)', '（用 --help 查看用法）'],
  tasks_run: ['the tasks that run now', '正在执行的任务'],
  wrong_how: ['what is wrong, and how to correct it', '哪里有问题，如何纠正'],
  exit_codes: ['Exit codes:', '退出码：'],
});

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
export function createProgram({ stdout, stderr, stdin, env, cwd, timeZone, signal }: RunOptions): CliCommand {
  const program = new CliCommand('cyberstroll', toContext)
    .description(t('about'))
    .option('--url <url>', t('url'))
    .option('--key <key>', t('key'))
    .option('--ws-url <url>', t('ws_url'))
    .option('--json', t('json'))
    .option('--utc', t('utc'))
    .option('--no-color', t('color'))
    .addOption(new Option('--lang <language>', t('lang')).choices(LANGUAGES))
    .version(version, '-V, --version', t('version'))
    .configureHelp(HELP_CONFIGURATION)
    .helpOption('-h, --help', t('help'))
    .helpCommand('help [command]', t('help'))
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHasColors: () => hasColor(stderr),
      getOutHasColors: () => hasColor(stdout),
      outputError: (text, write) => write(paintError(sayCommanders(text), hasColor(stderr))),
    })
    .exitOverride()
    .showHelpAfterError(t('how'))
    .examples(
      ['task create 10.0.0.0/24 --ports 22,80 --watch', say('scan_network')],
      ['results --port 22', say('hosts_with_port')],
      ['task list --status RUNNING', t('tasks_run')],
      ['doctor', t('wrong_how')],
    )
    .addHelpText('after', () => `\n${t('exit_codes')}\n${toExitCodeText()}`);

  function hasColor(stream: { isTTY?: boolean }): boolean {
    return wantsColor(stream, env, program.opts<GlobalOptions>().color === false);
  }

  function toContext(command: CliCommand): CommandContext {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const connect = (stopped: AbortSignal) => connectToApi(globals, { env, cwd, signal: stopped });
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
      get api() {
        return connect(signal);
      },
      connect,
      env,
      cwd,
      stdin,
      signal,
    };
  }

  for (const addCommand of COMMANDS) addCommand(program);
  suggestEverywhere(program);
  return program;
}

const toExitCodeText = (): string =>
  Object.entries(EXIT_CODES)
    .map(([name, code]) => `  ${String(code).padStart(3)}  ${sayExit(name as ExitName)}`)
    .join('\n');
