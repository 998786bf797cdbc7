import type { RuleVerdict } from '@cyberstroll/conformance';
import { NODE_RULES } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say, verbatim } from '../../language/say';
import { createTable } from '../../text/table';
import { repeated } from '../option-values';

interface Options {
  command: string;
  quick?: boolean;
  rule?: string[];
}

export function addConformanceCommand(
  program: Command,
  toContext: (command: Command) => CommandContext,
  { env, cwd }: { env: Record<string, string | undefined>; cwd: string },
): void {
  program
    .command('conformance')
    .description(
      'play the server against a node program, and check each rule of the node contract; exits with 1 if one is broken',
    )
    .addHelpText(
      'before',
      toExamples(['conformance --command "python3 node.py" --quick', 'check all rules against a node']),
    )
    .requiredOption('--command <command>', 'starts the node, for instance "python3 node.py"')
    .option('--quick', 'shorter intervals, for nodes that obey HEARTBEAT_INTERVAL_MS and LEASE_MS')
    .addOption(ruleOption())
    .addHelpText(
      'after',
      '\nStarts a private RabbitMQ, or takes RABBITMQ_URL, which must name a vhost in which nothing runs.\n' +
        'docs/node-contract.md says by which environment the node is started.',
    )
    .action(async ({ command, quick, rule }: Options, self) => {
      const { output, signal } = toContext(self);
      // Only this command loads it.
      const { runConformance } = await import('@cyberstroll/conformance');
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
      await (output.json
        ? output.jsonLine({ ok: failed === 0, rules: verdicts })
        : output.line(toText(verdicts, output)));
      if (unchecked > 0) {
        const counts = { failed, all, unchecked };
        throw new CliError('error', say('{failed} of {all} rules are broken, {unchecked} not checked', counts));
      }
      if (failed > 0) throw new CliError('error', say('{failed} of {all} rules are broken', { failed, all }));
      output.message(
        say('{ok} rules kept, {skipped} skipped, none broken', { ok: count('ok'), skipped: count('skipped') }),
      );
    });
}

/** Refuses other names, with the nearest. */
function ruleOption(): Option {
  const option = new Option('--rule <name>', 'check this rule only; may be repeated').choices(NODE_RULES);
  const checkName = option.parseArg!;
  return option.argParser<string[]>((name, before) => {
    checkName(name, before);
    return repeated(name, before);
  });
}

function toText(verdicts: readonly RuleVerdict[], style: { color: boolean }): string {
  const table = createTable<RuleVerdict>([
    { title: 'RULE', value: ({ name }) => name },
    { title: 'VERDICT', value: ({ verdict }) => verdict, isState: true },
    { title: 'SEEN', value: ({ seen }) => seen, max: 100 },
    { title: 'SECONDS', value: ({ duration_ms }) => (duration_ms / 1_000).toFixed(1), align: 'right' },
  ]).toText(
    verdicts.filter(({ verdict }) => verdict !== 'unchecked'),
    style,
  );
  return [table, ...verdicts.filter(({ verdict }) => verdict === 'fail').map(toBrokenText)].join('\n\n');
}

/** All that was seen, and the last lines of the node. */
const toBrokenText = ({ name, seen, node_output = [] }: RuleVerdict): string =>
  [
    say('{rule} is broken: {seen}', { rule: name, seen }),
    ...(node_output.length > 0 ? [`  ${say('the last lines of the node:')}`] : []),
    ...node_output.map((line) => verbatim(`    ${line}`)),
  ].join('\n');
