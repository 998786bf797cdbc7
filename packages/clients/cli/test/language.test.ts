/** 简体中文: nothing is missing, nothing is left over, and programs read the same in both languages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ALERT_STATES,
  DEAD_LETTER_STATES,
  ERROR_CODES,
  HOST_CHANGES,
  listProblems,
  NODE_STANDINGS,
  NODE_STATUSES,
  OPERATIONS,
  PORT_CHANGES,
  subTaskStatusSchema,
  taskStatusSchema,
  WAITING_CODES,
} from '@cyberstroll/contracts';
import { CliError } from '../src/cli-error';
import { EXIT_CODES } from '../src/exit-code';
import { speak, verbatim } from '../src/language/say';
import { ZH_CN, ZH_CN_CODES } from '../src/language/simplified-chinese';
import { HELP } from '../src/language/simplified-chinese/help';
import { NAMES } from '../src/language/simplified-chinese/names';
import { TEXTS } from '../src/language/simplified-chinese/texts';
import { findNextStep } from '../src/next-step';
import { toWidth } from '../src/text/text-width';
import { type ApiPeer, createApiPeer, TASK_ID } from './api-peer';
import { createIdleProgram, WALKED } from './program';
import { runCli, startCli } from './run-cli';

const FOLDER = 'packages/clients/cli/src/language/simplified-chinese';
const HAN = /\p{Script=Han}/u;
/** What the field calls the same in both languages. */
const SAME = ['CPU', 'IP', 'cpu', 'ip'];

async function readExampleTexts(words: string[]): Promise<string[]> {
  const { stdout } = await runCli(undefined, [...words, '--help']);
  const lines = stdout.split('\n\n')[0]!.split('\n').slice(1);
  return lines.map((line) => line.replace(/^ {2}cyberstroll .*? {2,}/, ''));
}

it.each(WALKED.map(({ words, command }) => ({ name: ['cyberstroll', ...words].join(' '), words, command })))(
  '$name: its help is translated',
  async ({ words, command }) => {
    const options = command.options.map(({ description }) => description);
    const choices = command.registeredArguments.map(({ description }) => description);
    const texts = [command.description(), ...options, ...choices, ...(await readExampleTexts(words))];
    const missing = texts.filter((text) => text !== '' && !Object.hasOwn(ZH_CN, text));
    if (missing.length > 0) throw new Error(`${FOLDER}/help.ts has no Chinese for:\n  ${missing.join('\n  ')}`);
  },
);

it('translates every code, why a task waits, exit codes, and what to do about an error', () => {
  const statuses = [...taskStatusSchema.options, ...subTaskStatusSchema.options, ...NODE_STATUSES, ...NODE_STANDINGS];
  const codes = [...statuses, ...ALERT_STATES, ...DEAD_LETTER_STATES, ...HOST_CHANGES, ...PORT_CHANGES];
  expect(codes.filter((code) => !HAN.test(ZH_CN_CODES[code] ?? ''))).toEqual([]);
  const texts = [...Object.values(WAITING_CODES), ...Object.values(EXIT_CODES)].map(({ text }) => text);
  expect(texts.filter((text) => !Object.hasOwn(ZH_CN, text))).toEqual([]);

  const program = createIdleProgram();
  const problems = new Set(Object.values(OPERATIONS).flatMap(listProblems));
  const toNextStep = (code: string) => {
    const problem = { code } as NonNullable<CliError['problem']>;
    return findNextStep(new CliError('error', verbatim(code), { problem }), program);
  };
  const steps = speak('zh-CN', () => [...problems].map(toNextStep));
  expect(steps.filter((step) => step !== undefined && !HAN.test(step))).toEqual([]);
});

it('says each text in Chinese, with the same values, and no space at its ends', () => {
  const toPlaceholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();
  const isRight = ([english, chinese]: [string, string]) =>
    (HAN.test(chinese) || SAME.includes(english)) &&
    toPlaceholders(chinese) === toPlaceholders(english) &&
    chinese === chinese.trim();
  expect(Object.entries(ZH_CN).filter((entry) => !isRight(entry))).toEqual([]);
});

it('has no text twice, and none that nobody says', () => {
  const all = [HELP, NAMES, TEXTS].flatMap((part) => Object.keys(part));
  expect(all.filter((text, at) => all.indexOf(text) !== at)).toEqual([]);
  // A long text is joined from pieces.
  const source = readSources(join(__dirname, '../src'))
    .join('\n')
    .replaceAll("\\'", "'")
    .replaceAll(/' \+\s+'/g, '');
  const changes = [...HOST_CHANGES, ...PORT_CHANGES].map((change) => change.replaceAll('_', ' '));
  const waiting = Object.values(WAITING_CODES).map(({ text }) => text);
  const foreign = [...changes, ...waiting, ...Object.values(ERROR_CODES).map(({ todo }) => todo)];
  const isSaid = (text: string) => source.includes(text) || foreign.includes(text) || isCommanders(text);
  expect(Object.keys(ZH_CN).filter((text) => !isSaid(text))).toEqual([]);
});

const isCommanders = (text: string) => /^(?:Usage|Arguments|Options|Global Options|Commands):$|^\[\w+\]$/.test(text);

function readSources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'simplified-chinese' ? [] : readSources(path);
    return path.endsWith('.test.ts') ? [] : [readFileSync(path, 'utf8')];
  });
}

it.each([
  ['task lst', "错误：未知命令 'lst'\n（是否想输入 list？）\n（用 --help 查看用法）\n"],
  ['task list --limt 1', "错误：未知选项 '--limt'\n（是否想输入 --limit？）\n（用 --help 查看用法）\n"],
  ['task get', "错误：缺少参数 'task_id'\n（用 --help 查看用法）\n"],
  ['task clean-up', "错误：必须给出选项 '--days <n>'\n（用 --help 查看用法）\n"],
  ['task list --limit', "错误：选项 '--limit <n>' 缺少取值\n（用 --help 查看用法）\n"],
  [
    'task list --limit 0',
    "错误：选项 '--limit <n>' 的取值 '0' 无效。必须是不小于 1 的整数。\n（用 --help 查看用法）\n",
  ],
  [
    'completion bsh',
    "错误：参数 'shell' 的取值 'bsh' 无效。可选值：bash, zsh, fish。\n（是否想输入 bash？）\n（用 --help 查看用法）\n",
  ],
  ['task get a b', "错误：'get' 的参数过多。应为 1 个，实际为 2 个。\n（用 --help 查看用法）\n"],
  ['doctor a', "错误：'doctor' 的参数过多。应为 0 个，实际为 1 个。\n（用 --help 查看用法）\n"],
  ['task list --url ftp://x', '错误："ftp://x" 不是 http:// 或 https:// 地址\n'],
])('%s: the error is in Chinese, with the same exit code', async (line, error) => {
  const words = line.split(' ');
  const { code, stderr } = await runCli(undefined, words, { env: { LANG: 'zh_CN.UTF-8' } });
  expect([code, stderr]).toEqual([2, error]);
  expect((await runCli(undefined, words)).code).toBe(2);
});

describe('with a peer', () => {
  const env = { LC_ALL: 'zh_CN.UTF-8' };
  let peer: ApiPeer;
  beforeEach(async () => {
    peer = await createApiPeer();
  });
  afterEach(() => peer.close());

  it('lists, shows and watches in Chinese, with the codes of the API', async () => {
    peer.move('COMPLETED', 12, { failed: 4 });
    const run = async (...words: string[]) => (await runCli(peer, words, { env })).stdout;
    expect(await run('task', 'list')).toMatch(/^任务 ID +状态 +等待原因 .*\n[0-9a-f]{24} {2}COMPLETED 已完成 /);
    expect(await run('task', 'get', TASK_ID)).toMatch(
      /\n状态 +COMPLETED 已完成\n进度 +100% of|\n进度 +16 个中的 100%：/,
    );
    expect(await run('task', 'watch', TASK_ID)).toBe(
      `任务 ${TASK_ID} COMPLETED 已完成，用时 4.2 s：16 个目标，完成 12, 失败 4\n16 个地址中有 4 个失败\n`,
    );
  });

  it('each of two runs at once speaks its own language', async () => {
    const both = [startCli(peer, ['task', 'list'], { env }), startCli(peer, ['task', 'list'])];
    await Promise.all(both.map(({ exitCode }) => exitCode));
    expect(both.map(({ stderr }) => stderr.text)).toEqual(['没有任务\n', 'no tasks\n']);
  });

  it('keeps the text of the API, and says what to do', async () => {
    const { code, stderr } = await runCli(peer, ['task', 'get', 'x'], { env });
    expect([code, stderr]).toEqual([3, '错误：there is no task x\n  → 用 cyberstroll task list 查看列表\n']);
  });

  it('CSV is the same in both languages', async () => {
    peer.override = () => ({ status: 200, body: 'ip,port\r\n10.0.0.1,22\r\n' });
    const words = ['results', '--format', 'csv'];
    expect((await runCli(peer, words, { env })).stdout).toBe((await runCli(peer, words)).stdout);
  });
});

it('help is in Chinese, and its lines end within 100 columns', async () => {
  const { stdout } = await runCli(undefined, ['conformance', '--help', '--lang=zh-CN']);
  expect(stdout).toMatch(/^示例：\n/);
  expect(stdout).toContain('\n用法： cyberstroll conformance [选项]\n\n扮演服务端来测试节点程序');
  expect(stdout.split('\n').filter((line) => toWidth(line) > 100)).toEqual([]);
});
