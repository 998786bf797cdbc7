import { MAX_SCAN_METHODS } from '@cyberstroll/contracts';
import type { ApiScanMethod } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { jsonObject } from '../option-values';
import { printPages } from '../pages';

const t = defineTexts({
  noun: ['methods', '扫描方式'],
  method: ['say which options a scan method takes (role admin)', '规定扫描方式接受哪些选项（需要 admin 角色）'],
  list: ['list the scan methods whose options are known', '列出已规定选项的扫描方式'],
  set: [
    'check the options of new tasks by a JSON Schema (2020-12), or change it',
    '用 JSON Schema（2020-12）检查新任务的选项，或修改它',
  ],
  schema: ['the JSON Schema', '该方式的 JSON Schema'],
  about: ['what the method scans for', '该方式扫描什么'],
  nuclei: ['from then on a task whose options do not match is refused', '此后，选项不符的任务会被拒绝'],
  was_set: ['the options of {method} are checked', '{method} 的选项将被检查'],
  delete: ['check the options of a scan method no more', '不再检查某个扫描方式的选项'],
  deleted: ['the options of {method} are not checked any more', '不再检查 {method} 的选项'],
});

export function addCommands(program: CliCommand): void {
  const method = program.add('method', t('method')).examples(['method list', t('list')]);

  method
    .add('list', t('list'))
    .examples(['method list', t('list')])
    .run(({ output, api: { GET, call } }) =>
      printPages(
        output,
        { limit: MAX_SCAN_METHODS },
        {
          fetch: () => call(GET('/api/methods'), 'items'),
          table: createTable(COLUMNS),
          noun: t('noun'),
        },
      ),
    );

  method
    .add('set <method>', t('set'))
    .examples(['method set nuclei \'{}\' --description "known vulnerabilities"', t('nuclei')])
    .argument('<schema>', t('schema'), jsonObject)
    .option('--description <text>', t('about'))
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { PUT, call } }, given, name: string, options_schema: Record<string, unknown>) => {
      const request = { params: { path: { method: name } }, body: { options_schema, ...given } };
      const set = await call(PUT('/api/methods/{method}', request), 'method');
      await output.answer(set, (shown) => t('was_set', { method: shown.method }));
    });

  method
    .add('delete <method>', t('delete'))
    .examples(['method delete nuclei --reason "no node has it"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, name: string) => {
      const params = { path: { method: name }, query: { reason } };
      const deleted = await call(DELETE('/api/methods/{method}', { params }), 'method');
      await output.answer(deleted, (shown) => t('deleted', { method: shown.method }));
    });
}

const COLUMNS: readonly Column<ApiScanMethod>[] = [
  { title: 'METHOD', value: ({ method }) => method },
  { title: 'DESCRIPTION', value: ({ description }) => description, max: 60 },
  { title: 'SET BY', value: ({ operator }) => operator },
  { title: 'UPDATED', value: ({ updated_time }, toTimeText) => toTimeText(updated_time) },
];
