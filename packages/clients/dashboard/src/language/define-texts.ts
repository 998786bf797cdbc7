import {
  ALERT_RULE_WORDS,
  CHANGES,
  COMMAND_WORDS,
  createDefineTexts,
  DEAD_LETTER_REASON_WORDS,
  type Say,
  SCAN_ERROR_WORDS,
  STATES,
  type Texts,
} from '@cyberstroll/words';
import { language, locale } from './language';

/** Numbers are grouped as the language does. */
const define = createDefineTexts({
  language: () => language.value,
  toText: (value) => (typeof value === 'number' ? formatNumber(value) : value),
});

/** What several parts of the dashboard say. */
export const SHARED = {
  actions: ['Actions', '操作'],
  address: ['Address', '地址'],
  any: ['any', '任意'],
  as_cli: ['Copy as CLI', '复制为命令行'],
  as_curl: ['Copy as curl', '复制为 curl'],
  back: ['Back', '返回'],
  blackout: ['Blackout', '禁扫期'],
  by: ['by {operator}', '操作者 {operator}'],
  by_address: ['by address', '按地址'],
  category: ['Category', '类别'],
  change: ['Change', '修改'],
  checking: ['Checking …', '正在检查……'],
  close: ['Close', '关闭'],
  colon: [': ', '：'],
  comma: [', ', '，'],
  copy: ['Copy', '复制'],
  copy_id: ['Copy ID', '复制 ID'],
  covers: ['Covers', '覆盖范围'],
  created: ['Created', '创建时间'],
  delete: ['Delete', '删除'],
  every: ['every {time}', '每 {time}'],
  freeze: ['Freeze', '冻结'],
  from_at: ['From, in your time zone; empty: at once', '开始时间（本地时区）；留空则立即'],
  initiator: ['Initiator', '发起者'],
  labels: ['Labels', '标签'],
  lag: ['update lag', '更新延迟'],
  lift: ['Lift', '解除'],
  loading: ['Loading …', '加载中……'],
  made: ['Made', '创建'],
  name: ['Name', '名称'],
  no_next: ['No planned time is left.', '没有剩余的计划时间。'],
  node: ['Node', '节点'],
  open_ports: ['Open ports', '开放端口'],
  order: ['Order', '排序'],
  pause: ['Pause', '暂停'],
  paused: ['paused', '已暂停'],
  per_second: ['{n}/s', '每秒 {n} 个'],
  pool: ['Pool', '节点池'],
  pools: ['Pools', '节点池'],
  port: ['Port', '端口'],
  ports: ['Ports', '端口'],
  priority: ['Priority', '优先级'],
  progress: ['Progress', '进度'],
  queue: ['Queue', '队列'],
  read_again: ['Read again', '重新读取'],
  reason: ['Reason', '原因'],
  result: ['Result', '结果'],
  results: ['Results', '结果'],
  resume: ['Resume', '恢复'],
  select: ['Select', '选择'],
  service: ['Service contains', '服务包含'],
  services: ['Services', '服务'],
  show: ['Show', '显示'],
  since: ['Since', '开始于'],
  slots: ['slots used', '已用并发槽'],
  state: ['State', '状态'],
  subject: ['Subject', '对象'],
  target: ['Address or network', '地址或网段'],
  targets: ['Targets', '目标'],
  task: ['Task', '任务'],
  time: ['Time', '时间'],
  type: ['Type', '类型'],
  unknown: ['unknown', '未知'],
  until_at: ['Until, in your time zone; empty: until it is lifted', '结束时间（本地时区）；留空则直到解除'],
  until_lifted: ['until it is lifted', '直到解除'],
  version: ['Version', '版本'],
  views: ['Views', '视图'],
  waits: ['Waits', '等待'],
  when: ['When', '时间'],
  with_open_ports: ['with open ports', '有开放端口'],
  zone: ['Time zone', '时区'],
} as const satisfies Texts;

/**
 * The texts of one part of the dashboard, beside those that it shares with others. A component that says one is drawn
 * again when the language changes.
 */
export const defineTexts = <const Own extends Texts>(own: Own): Say<Omit<typeof SHARED, keyof Own> & Own> =>
  define({ ...SHARED, ...own });

/** It takes long to make one, and a list has many numbers. By language and options. */
const numberFormats = new Map<string, Intl.NumberFormat>();

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  const key = `${locale.value} ${options ? JSON.stringify(options) : ''}`;
  const format = numberFormats.get(key) ?? new Intl.NumberFormat(locale.value, options);
  numberFormats.set(key, format);
  return format.format(value);
}

/** A share from 0 to 1; null: it is of nothing. */
export const formatShare = (share: number | null): string =>
  share === null ? '–' : formatNumber(share, { style: 'percent', maximumFractionDigits: 1 });

/** The words that the command line has, too. */
export const stateName = define(STATES);
/** The same for a code that may be another's, which stays as it is. */
export const nameState = (code: string): string =>
  Object.hasOwn(STATES, code) ? stateName(code as keyof typeof STATES) : code;
export const changeName = define(CHANGES);
export const ruleName = define(ALERT_RULE_WORDS);
const scanError = define(SCAN_ERROR_WORDS);

const commandName = define(COMMAND_WORDS);
const deadLetterReason = define(DEAD_LETTER_REASON_WORDS);

export const nameCommand = (operation: string): string =>
  Object.hasOwn(COMMAND_WORDS, operation) ? commandName(operation as keyof typeof COMMAND_WORDS) : operation;

/** Why a message is a dead letter, or was not replayed. Other programs write reasons of their own. */
export const nameDeadLetterReason = (reason: string): string =>
  Object.hasOwn(DEAD_LETTER_REASON_WORDS, reason)
    ? deadLetterReason(reason as keyof typeof DEAD_LETTER_REASON_WORDS)
    : reason;

/** What the code of a failed scan means, and the way out; undefined for a code of a node's own. */
export const explainError = (code: string): string | undefined =>
  Object.hasOwn(SCAN_ERROR_WORDS, code) ? scanError(code as keyof typeof SCAN_ERROR_WORDS) : undefined;
