import type { Silence } from '@cyberstroll/client';
import { ALERT_RULE_NAMES, type AlertRule, MAX_SILENCE_HOURS } from '@cyberstroll/contracts';
import { Argument, Option } from 'commander';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { integer } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  silence: ['silence alerts for some hours', '将告警静默若干小时'],
  create: [
    'silence the alerts of a rule, or of one subject: they are raised and shown, but not sent to webhooks',
    '静默某条规则或某个对象的告警：照常触发和显示，但不发送到 webhook',
  ],
  rule: ['the rule of the alerts', '告警的规则'],
  subject: ['only alerts of this subject', '仅此对象的告警'],
  hours: ['for how many hours', '静默的小时数'],
  reason: ['why; shown with each alert that it covers', '原因；显示在所涉的每条告警旁'],
  one_node: ['a node whose machine is replaced', '正在更换机器的节点'],
  created: ['{id} silences {rule} until {until}', '{id} 静默 {rule}，直到 {until}'],
  list: ['list silences that have not ended, newest first', '列出尚未结束的静默，最新的在前'],
  what_is_silenced: ['what is silenced now', '当前被静默的告警'],
  noun: ['silences', '静默'],
  end: ['end a silence before its time', '提前结束静默'],
  ended: ['{id} has ended', '{id} 已结束'],
});

export function addCommands(program: CliCommand): void {
  const silence = program
    .add('silence', t('silence'))
    .examples(['silence create node_silent --subject node-a --hours 24 --reason "new machine"', t('one_node')]);

  silence
    .add('create', t('create'))
    .examples(['silence create node_silent --subject node-a --hours 24 --reason "new machine"', t('one_node')])
    .addArgument(new Argument('<rule>', t('rule')).choices(ALERT_RULE_NAMES))
    .option('--subject <subject>', t('subject'))
    .addOption(
      new Option('--hours <number>', t('hours')).argParser(integer(1, MAX_SILENCE_HOURS)).makeOptionMandatory(),
    )
    .requiredOption('--reason <reason>', t('reason'))
    .run(async ({ output, api: { POST, call } }, { subject, hours, reason }, rule: AlertRule) => {
      const made = await call(POST('/api/silences', { body: { rule, subject, hours, reason } }), 'silence_id');
      await output.answer(made, ({ silence_id: id, until }) =>
        t('created', { id, rule, until: output.toTimeText(until) ?? until }),
      );
    });

  silence
    .add('list', t('list'))
    .examples(['silence list', t('what_is_silenced')])
    .with(addListOptions)
    .run(({ output, api: { GET, call } }, options) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/silences', { params: { query: page } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  silence
    .add('end <silence_id>', t('end'))
    .examples(['silence end 66b2f0c3a1d4e5f607182930 --reason "the node is back"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, silence_id: string) => {
      const params = { path: { silence_id }, query: { reason } };
      const ended = await call(DELETE('/api/silences/{silence_id}', { params }), 'silence_id');
      await output.answer(ended, ({ silence_id: id }) => t('ended', { id }));
    });
}

const COLUMNS: readonly Column<Silence>[] = [
  { title: 'SILENCE_ID', value: ({ silence_id }) => silence_id },
  { title: 'RULE', value: ({ rule }) => rule },
  { title: 'SUBJECT', value: ({ subject }) => subject ?? '', max: 40 },
  { title: 'UNTIL', value: ({ until }, toTimeText) => toTimeText(until) },
  { title: 'OPERATOR', value: ({ operator }) => operator, max: 30 },
  { title: 'REASON', value: ({ reason }) => reason, max: 60 },
];
