import { ALERT_RULE_NAMES, ALERT_STATES, type AlertCommand } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiAlert } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say, sayCode } from '../../language/say';
import { createTable, type Field, toFieldLines } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

/** By the command's name: what the API calls it, and what it is for. */
const COMMANDS: Record<'ack' | 'resolve', { command: AlertCommand; text: string }> = {
  ack: { command: 'acknowledge', text: 'acknowledge an alert: somebody works on it' },
  resolve: { command: 'resolve', text: 'resolve an alert; it is raised again only after its condition has ended once' },
};

export function addAlertCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const alerts = program
    .command('alert')
    .description('list, acknowledge and resolve alerts')
    .addHelpText('before', toExamples(['alert list --state firing', 'what needs somebody now']));

  addListOptions(
    alerts
      .command('list')
      .description('list alerts, newest first')
      .addHelpText('before', toExamples(['alert list --state firing', 'what needs somebody now'])),
  )
    .addOption(new Option('--state <state>', 'only alerts in this state').choices(ALERT_STATES))
    .addOption(new Option('--rule <rule>', 'only alerts of this rule').choices(ALERT_RULE_NAMES))
    .action(async ({ state, rule, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const pages = followPages(
        (page) => call(GET('/api/alerts', { params: { query: { ...page, state, rule } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createAlertTable(output.toTimeText), noun: 'alerts' });
    });

  alerts
    .command('show')
    .description('show one alert with its history')
    .addHelpText('before', toExamples(['alert show 66b2f0c3a1d4e5f607182930', 'its numbers, and the runbook']))
    .argument('<alert_id>')
    .action(async (id: string, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const alert = await call(GET('/api/alerts/{alert_id}', ofAlert(id)), 'alert_id');
      await (output.json ? output.jsonLine(alert) : output.line(toAlertText(alert, output.toTimeText)));
    });

  for (const name of ['ack', 'resolve'] as const) {
    alerts
      .command(name)
      .description(COMMANDS[name].text)
      .addHelpText(
        'before',
        toExamples([`alert ${name} 66b2f0c3a1d4e5f607182930 --reason "on it"`, 'say why in its history']),
      )
      .argument('<alert_id>')
      .option('--reason <reason>', 'stored in its history')
      .action(async (id: string, { reason }, command) => {
        const { output, connect } = toContext(command);
        const { POST, call } = connect();
        const sent = POST(`/api/alerts/{alert_id}/${COMMANDS[name].command}`, { ...ofAlert(id), body: { reason } });
        const alert = await call(sent, 'alert_id');
        if (output.json) return output.jsonLine(alert);
        const { alert_id, state, rule, subject } = alert;
        const values = { alert: alert_id, state: sayCode(state), rule, subject };
        await output.line(say('alert {alert} {state}: {rule} {subject}', values));
      });
  }
}

const ofAlert = (alert_id: string) => ({ params: { path: { alert_id } } });

const createAlertTable = (toTimeText: TimeText) =>
  createTable<ApiAlert>([
    { title: 'ALERT_ID', value: (alert) => alert.alert_id },
    { title: 'STATE', value: (alert) => alert.state, isState: true },
    { title: 'SEVERITY', value: (alert) => alert.severity },
    { title: 'RULE', value: (alert) => alert.rule },
    { title: 'SUBJECT', value: (alert) => alert.subject, max: 40 },
    { title: 'RAISED', value: (alert) => toTimeText(alert.raised_time) },
    { title: 'SUMMARY', value: (alert) => alert.summary, max: 80 },
  ]);

const toAlertText = (alert: ApiAlert, toTimeText: TimeText): string =>
  toFieldLines([
    ['alert_id', alert.alert_id],
    ['rule', alert.rule],
    ['subject', alert.subject],
    ['severity', alert.severity],
    ['state', alert.state],
    ['summary', alert.summary],
    ['value', alert.value],
    ['threshold', alert.threshold],
    ['occurrences', alert.occurrences],
    ['updated', toTimeText(alert.updated_time)],
    ['runbook', alert.runbook],
    ...alert.history.map(
      ({ state, timestamp, operator, reason }): Field => [
        state,
        say('{time} by {operator}: {reason}', { time: toTimeText(timestamp) ?? timestamp, operator, reason }),
      ],
    ),
  ]);
