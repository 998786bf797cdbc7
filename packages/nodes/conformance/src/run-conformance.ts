import { type Bench, createBench } from './bench/bench';
import { describeRefusals } from './bench/broker-refusal';
import { findCommandFault } from './bench/node-process';
import { startPrivateBroker } from './bench/private-broker';
import { SkippedRule } from './broken-rule';
import { type NamedRule, RULES } from './rules';
import { ALL_MESSAGES } from './rules/all-messages';

export interface ConformanceOptions {
  /** Starts the node program: one program and its arguments, as a shell reads them. */
  command: string;
  /** A vhost in which nothing runs, without TLS; absent: a private RabbitMQ is started. */
  rabbitmqUrl?: string;
  /** Shorter intervals, and the broker is unavailable for 3 s; about a minute instead of three. */
  quick?: boolean;
  /** For a machine with much other work: scans last longer, and each wait ten times as long. */
  patient?: boolean;
  /** Names of rules; absent: all. */
  only?: readonly string[];
  /** Working directory of the command. */
  cwd?: string;
  onVerdict?(verdict: RuleVerdict): void;
  signal?: AbortSignal;
}

export interface RuleVerdict extends Pick<NamedRule, 'name' | 'section' | 'promise'> {
  /** `skipped`: it cannot be checked of this node, or is a freedom. `unchecked`: the node never registered. */
  verdict: 'ok' | 'fail' | 'skipped' | 'unchecked';
  /** What was seen; of a broken rule, what is wrong. */
  seen: string;
  /** Of a broken rule: the last five lines that the node wrote, to stderr or else to stdout. */
  node_output?: string[];
  duration_ms: number;
}

/** Plays the server against a node program, and checks each rule of the node contract. */
export async function runConformance(options: ConformanceOptions): Promise<RuleVerdict[]> {
  const { command, rabbitmqUrl, quick = false, patient = false, only, cwd = process.cwd(), signal } = options;
  const { onVerdict = () => {} } = options;
  const unknown = only?.filter((name) => !RULES.some((rule) => rule.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no rule is called ${unknown.join(', ')}`);
  const fault = findCommandFault(command);
  if (fault) throw new Error(fault);
  if (rabbitmqUrl && !rabbitmqUrl.startsWith('amqp://')) throw new Error('RABBITMQ_URL: amqp:// only, without TLS');
  const broker = rabbitmqUrl ? undefined : await startPrivateBroker();
  try {
    const bench = await createBench({ command, brokerUrl: rabbitmqUrl ?? broker!.url, cwd, quick, patient });
    try {
      const verdicts: RuleVerdict[] = [];
      // Nothing else can be checked unless the first is kept.
      const rules = RULES.filter(({ name }, i) => i === 0 || !only || only.includes(name));
      for (const rule of rules) {
        signal?.throwIfAborted();
        const verdict = await checkRule(bench, rule, verdicts);
        verdicts.push(verdict);
        onVerdict(verdict);
      }
      return verdicts;
    } finally {
      await bench.close();
    }
  } finally {
    await broker?.stop();
  }
}

async function checkRule(bench: Bench, rule: NamedRule, before: readonly RuleVerdict[]): Promise<RuleVerdict> {
  const began = Date.now();
  const { name, section, promise } = rule;
  const toVerdict = (verdict: RuleVerdict['verdict'], seen: string): RuleVerdict => ({
    name,
    section,
    promise,
    verdict,
    seen,
    duration_ms: Date.now() - began,
  });
  if (before[0]?.verdict === 'fail') {
    const refusal = rule.findRefusal?.(bench);
    return refusal ? toVerdict('fail', refusal) : toVerdict('unchecked', 'the node did not register');
  }
  const refusedBefore = bench.tap.refusals.length;
  const toUnkept = async (error: Error): Promise<RuleVerdict> => {
    if (error instanceof SkippedRule) return toVerdict('skipped', error.message);
    const refusals = describeRefusals(bench.tap.refusals.slice(refusedBefore));
    const seen = refusals ? `${error.message}; ${refusals}` : error.message;
    return { ...toVerdict('fail', seen), node_output: await bench.node.lastLines() };
  };
  try {
    return toVerdict('ok', await rule.run(bench));
  } catch (error) {
    const verdict = await toUnkept(error as Error);
    // What a rule left behind is not the next one's. Rules over all messages need no node that lives.
    if (before.length > 0 && !(name in ALL_MESSAGES)) await bench.startAfresh().catch(() => {});
    return verdict;
  }
}
