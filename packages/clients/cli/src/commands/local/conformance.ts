import type { RuleVerdict } from '@cyberstroll/conformance';
import { NODE_RULES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, verbatim } from '../../language/say';
import type { Output } from '../../output';
import { type Column, createTable } from '../../text/table';
import { repeated } from '../option-values';

const t = defineTexts({
  broker: [
    'Starts a private RabbitMQ, or takes RABBITMQ_URL, which must name a vhost in which nothing runs.',
    '启动一个私有的 RabbitMQ，或使用 RABBITMQ_URL，其 vhost 中不得有其他程序运行。',
  ],
  environment: [
    'docs/node-contract.md says by which environment the node is started.',
    '节点启动时的环境变量见 docs/node-contract.md。',
  ],
  conformance: [
    'play the server against a node program, and check each rule of the node contract; exits with 1 if one is broken',
    '扮演服务端来测试节点程序，逐条检查节点协议的规则；有规则被违反时退出码为 1',
  ],
  check_all: ['check all rules against a node', '对一个节点检查所有规则'],
  command: ['starts the node, for instance "python3 node.py"', '启动节点的命令，例如 "python3 node.py"'],
  quick: [
    'shorter intervals, for nodes that obey HEARTBEAT_INTERVAL_MS and LEASE_MS',
    '使用更短的间隔，适用于遵守 HEARTBEAT_INTERVAL_MS 和 LEASE_MS 的节点',
  ],
  rules_broken: [
    '{failed} of {all} rules are broken, {unchecked} not checked',
    '{all} 条规则中违反 {failed} 条；{unchecked} 条未检查',
  ],
  rules_failed: ['{failed} of {all} rules are broken', '{all} 条规则中有 {failed} 条被违反'],
  rules_kept: ['{ok} rules kept, {skipped} skipped, none broken', '遵守 {ok} 条规则，跳过 {skipped} 条，无违反'],
  rule: ['check this rule only; may be repeated', '只检查此规则；可重复'],
  broken: ['{rule} is broken: {seen}', '违反 {rule}：{seen}'],
  last_lines: ['the last lines of the node:', '节点的最后几行输出：'],
});

interface Options {
  command: string;
  quick?: boolean;
  rule?: string[];
}

export function addCommands(program: CliCommand): void {
  program
    .add('conformance', t('conformance'))
    .examples(['conformance --command "python3 node.py" --quick', t('check_all')])
    .requiredOption('--command <command>', t('command'))
    .option('--quick', t('quick'))
    .addOption(ruleOption())
    .addHelpText('after', `\n${t('broker')}\n${t('environment')}`)
    .run(async ({ output, signal, env, cwd }, { command, quick, rule }: Options) => {
      const { runConformance } = require('../../backing-services') as typeof import('../../backing-services');
      const verdicts = await runConformance({
        command,
        cwd,
        signal,
        quick,
        ...(rule && { only: rule }),
        ...(env['RABBITMQ_URL'] && { rabbitmqUrl: env['RABBITMQ_URL'] }),
        onVerdict({ name, verdict }) {
          if (verdict !== 'unchecked') output.message(verbatim(`${verdict.padEnd(7)}  ${name}`));
        },
      });
      const count = (wanted: RuleVerdict['verdict']) => verdicts.filter(({ verdict }) => verdict === wanted).length;
      const [failed, unchecked, all] = [count('fail'), count('unchecked'), verdicts.length];
      await output.answer({ ok: failed === 0, rules: verdicts }, ({ rules }) => toText(rules, output));
      if (unchecked > 0) throw new CliError('error', t('rules_broken', { failed, all, unchecked }));
      if (failed > 0) throw new CliError('error', t('rules_failed', { failed, all }));
      output.message(t('rules_kept', { ok: count('ok'), skipped: count('skipped') }));
    });
}

/** Refuses other names, with the nearest. */
function ruleOption(): Option {
  const option = new Option('--rule <name>', t('rule')).choices(NODE_RULES);
  const checkName = option.parseArg!;
  return option.argParser<string[]>((name, before) => {
    checkName(name, before);
    return repeated(name, before);
  });
}

const COLUMNS: readonly Column<RuleVerdict>[] = [
  { title: 'RULE', value: ({ name }) => name },
  { title: 'VERDICT', value: ({ verdict }) => verdict, isState: true },
  { title: 'SEEN', value: ({ seen }) => seen, max: 100 },
  { title: 'SECONDS', value: ({ duration_ms }) => (duration_ms / 1_000).toFixed(1), align: 'right' },
];

function toText(verdicts: readonly RuleVerdict[], output: Output): string {
  const checked = verdicts.filter(({ verdict }) => verdict !== 'unchecked');
  const table = createTable(COLUMNS).toText(checked, output);
  return [table, ...verdicts.filter(({ verdict }) => verdict === 'fail').map(toBrokenText)].join('\n\n');
}

/** All that was seen, and the last lines of the node. */
const toBrokenText = ({ name, seen, node_output = [] }: RuleVerdict): string =>
  [
    t('broken', { rule: name, seen }),
    ...(node_output.length > 0 ? [`  ${t('last_lines')}`] : []),
    ...node_output.map((line) => verbatim(`    ${line}`)),
  ].join('\n');
