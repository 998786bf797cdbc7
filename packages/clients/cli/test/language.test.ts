/** 简体中文: nothing is missing, nothing is left over, and programs read the same in both languages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listProblems, NODE_STATUSES, OPERATIONS } from '@cyberstroll/contracts';
import { findTextFaults, type InBoth } from '@cyberstroll/words';
import { CliError } from '../src/cli-error';
import { CHINESE_NAMES } from '../src/language/names';
import { sayCode, speak, verbatim } from '../src/language/say';
import { findNextStep } from '../src/next-step';
import { toWidth } from '../src/text/text-width';
import { type ApiPeer, createApiPeer, TASK_ID } from './api-peer';
import { createIdleProgram, WALKED } from './program';
import { runCli, startCli } from './run-cli';

const HAN = /\p{Script=Han}/u;

it.each(WALKED.map(({ words, command }) => ({ name: ['cyberstroll', ...words].join(' '), words, command })))(
  '$name: its help is translated',
  async ({ words, command }) => {
    const { stdout } = await runCli(undefined, [...words, '--help', '--lang=zh-CN']);
    const texts = [command, ...command.options, ...command.registeredArguments].map((each) =>
      typeof each.description === 'function' ? each.description() : each.description,
    );
    const inOneLine = stdout.replaceAll(/\s+/g, ' ');
    expect(texts.filter((text) => text.length > 10 && inOneLine.includes(text))).toEqual([]);
    const examples = stdout.split('\n\n')[0]!.split('\n').slice(1);
    expect(examples.filter((line) => !HAN.test(line.replace(/^ {2}cyberstroll .*? {2,}/, '')))).toEqual([]);
  },
);

it('says codes, and what to do about an error', () => {
  const codes = speak('zh-CN', () => NODE_STATUSES.map(sayCode));
  expect(codes).toEqual(['online 在线', 'busy 繁忙', 'offline 离线', 'draining 退出中']);

  const program = createIdleProgram();
  const problems = new Set(Object.values(OPERATIONS).flatMap(listProblems));
  const toNextStep = (code: string) => {
    const problem = { code } as NonNullable<CliError['problem']>;
    return findNextStep(new CliError('error', verbatim(code), { problem }), program);
  };
  const steps = speak('zh-CN', () => [...problems].map(toNextStep));
  expect(steps.filter((step) => step !== undefined && !HAN.test(step))).toEqual([]);
});

const sources = readSources(join(__dirname, '../src'));
const tables = sources.flatMap(({ path, source }) => {
  const found = source.match(/defineTexts\(\{\n[\s\S]*?\n\}/g) ?? [];
  return found.map((table) => ({ path, table, texts: readTexts(table) }));
});

it('says each text in Chinese, with the same values', () => {
  expect(tables.length).toBeGreaterThan(30);
  for (const { path, table, texts } of tables) {
    expect({ path, rows: table.match(/^ {2}\w+: \[/gm)?.length }).toEqual({ path, rows: Object.keys(texts).length });
    expect({ path, faults: findTextFaults(texts) }).toEqual({ path, faults: [] });
  }
});

it('has no text that nobody says', () => {
  const said = sources.map(({ source }) => source).join('\n');
  const unused = tables.flatMap(({ path, texts }) =>
    Object.keys(texts).filter((key) => !/commander-errors|exit-code/.test(path) && !said.includes(`'${key}'`)),
  );
  const names = Object.keys(CHINESE_NAMES).filter(
    (name) => !said.includes(`'${name}'`) && !said.includes(`'${name.toUpperCase()}'`),
  );
  expect([...unused, ...names]).toEqual([]);
});

/** As the formatter writes them. */
function readTexts(table: string): Record<string, InBoth> {
  const rows = table.matchAll(/^ {2}(\w+): \[\s*(['"])(.*)\2,\s*(['"])(.*)\4,?\s*\],$/gm);
  return Object.fromEntries([...rows].map(([, key, , english, , chinese]) => [key, [english!, chinese!]]));
}

function readSources(folder: string): { path: string; source: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return readSources(path);
    return path.endsWith('.test.ts') ? [] : [{ path, source: readFileSync(path, 'utf8') }];
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
      `任务 ${TASK_ID} COMPLETED 已完成，用时 4.2 s：16 个目标，已完成 12, 失败 4\n16 个地址中有 4 个失败\n`,
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
