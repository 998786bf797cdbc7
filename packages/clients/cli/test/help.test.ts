/** What every command keeps to. The tests walk the tree of commands, so a new one is tested without a line here. */
import { type ApiPeer, createApiPeer } from './api-peer';
import { createIdleProgram, readExamples, WALKED } from './program';
import { runCli } from './run-cli';
import { sampleAnswer } from './sample-answer';

const commands = WALKED.map(({ words, ...rest }) => ({ name: ['cyberstroll', ...words].join(' '), words, ...rest }));
const leaves = commands.filter(({ isLeaf }) => isLeaf);
/** Misspelled as people do: the last two characters the wrong way round, or one too many. */
const misspell = (word: string) => `${word}${word.at(-1)}`;

it.each(commands)('$name: its help begins with examples that it accepts', async ({ name, words }) => {
  const examples = await readExamples(words);
  if (examples.length === 0) throw new Error(`${name} needs .examples(['…', '…'])`);
  for (const line of examples) {
    expect(line.slice(0, words.length)).toEqual(words);
    await createIdleProgram().parseAsync(line, { from: 'user' });
  }
});

describe('did you mean', () => {
  it.each(commands.filter(({ words }) => words.length > 0))('$name', async ({ words }) => {
    const { code, stderr } = await runCli(undefined, [...words.slice(0, -1), misspell(words.at(-1)!)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`Did you mean .*\\b${words.at(-1)!}\\b`))]);
  });

  it.each(leaves)('the options of $name, and their choices', async ({ words, command }) => {
    const before = [...words, ...command.registeredArguments.map((argument) => argument.argChoices?.[0] ?? '1')];
    for (const { long, argChoices = [] } of command.options) {
      const { code, stderr } = await runCli(undefined, [...before, misspell(long!)]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`Did you mean .*${long}`))]);
      for (const choice of argChoices) {
        const refused = await runCli(undefined, [...before, long!, misspell(choice)]);
        expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`(Did you mean ${choice}?)`)]);
      }
    }
  });
});

describe('with --json, and as text in Chinese', () => {
  /** Without the HTTP API: four with tests of their own, and one that prints a script. */
  const ELSEWHERE = ['doctor', 'conformance', 'backup', 'restore', 'completion'];
  let peer: ApiPeer;
  beforeAll(async () => {
    peer = await createApiPeer();
    peer.override = sampleAnswer;
  });
  afterAll(() => peer.close());

  it.each(leaves.filter(({ words }) => !ELSEWHERE.includes(words[0]!)))('$name', async ({ words }) => {
    const [example] = await readExamples(words);
    const asked = peer.received.length;
    const { code, stdout, stderr } = await runCli(peer, [...example!, '--json']);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const chinese = await runCli(peer, [...example!, '--json', '--lang', 'zh-CN']);
    const withoutNow = (text: string) => text.replaceAll(/"timestamp":"[^"]*"/g, '');
    expect([chinese.code, withoutNow(chinese.stdout)]).toEqual([0, withoutNow(stdout)]);
    expect(peer.received.length).toBeGreaterThan(asked);
    expect(stdout).not.toBe('');
    for (const line of stdout.trimEnd().split('\n')) expect(typeof JSON.parse(line)).toBe('object');
    const asText = await runCli(peer, [...example!, '--lang', 'zh-CN']);
    expect([asText.code, asText.stdout + asText.stderr]).toEqual([0, expect.stringMatching(/\p{Script=Han}/u)]);
  });
});
