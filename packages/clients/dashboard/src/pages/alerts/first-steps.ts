import type { Alert } from '@cyberstroll/client';
import { defineTexts } from '../../language/define-texts';

/** What the subject of a rule is, where it has a page. */
export const KINDS: Partial<Record<Alert['rule'], keyof typeof PAGES>> = {
  task_failure_rate: 'task',
  task_overlong: 'task',
  limit_starves: 'task',
  consistency: 'task',
  schedule_changed: 'task',
  node_silent: 'node',
  zombie: 'node',
  node_id_shared: 'node',
  operation_stalled: 'operation',
  exclusion_ending: 'exclusion',
  schedule_stopped: 'schedule',
  schedule_late: 'schedule',
};

export const PAGES = {
  task: '/tasks/',
  node: '/fleet/nodes/',
  operation: '/tasks?operation=',
  exclusion: '/plan/exclusions/',
  schedule: '/plan/schedules/',
};

/** The commands of a runbook with the real id. Only what is surely an id gets into HTML. */
export function withIds(html: string, { rule, subject }: Pick<Alert, 'rule' | 'subject'>): string {
  const kind = KINDS[rule];
  if (kind === undefined || !/^[\w.:-]+$/.test(subject)) return html;
  return html.replace(new RegExp(`&lt;${kind}(?:_id)?&gt;`, 'g'), () => subject);
}

/** What to do first about an alert of each rule; the runbook has the rest. */
export const firstStep = defineTexts({
  task_failure_rate: [
    'See which errors and nodes the failures have. On one node only: stop it and check its machine. In one network only: it is down, or a firewall drops the probes. Then retry the failed addresses.',
    '先看失败集中在哪些错误和节点。只在一个节点上：停止该节点并检查机器。只在一个网段：网段不通，或防火墙丢弃了探测包。排除原因后重试失败的地址。',
  ],
  task_overlong: [
    'See why the task waits: start nodes for its pool, or pause less urgent tasks. If it is just large, acknowledge the alert.',
    '查看任务等待的原因：为其节点池启动节点，或暂停不太紧急的任务。如果只是任务很大，确认告警即可。',
  ],
  node_silent: [
    'Its work is reassigned already. Check its process and log, then its connection to RabbitMQ. If it will not return, remove it.',
    '它的工作已重新分配。检查其进程和日志，再检查它与 RabbitMQ 的连接。如果不再恢复，移除该节点。',
  ],
  queue_backlog: [
    'Check whether a state-updater has stalled, or whether the nodes of the pool are gone. Add one where all queues grow. Nothing is lost meanwhile.',
    '检查是否有 state-updater 停滞，或节点池的节点已不在。如果所有队列都在增长，增加一个实例。期间不会丢失数据。',
  ],
  operation_stalled: [
    'The log of the replica of task-api that leads the sweep carry-out-operations names the cause. If the command is not needed any more, end it.',
    '领导 carry-out-operations 的 task-api 副本的日志写明了原因。如果不再需要该批量操作，结束它。',
  ],
  exclusion_ending: [
    'Ask its maker whether the reason still holds. If it does, make another exclusion before this one ends. Otherwise nothing is to be done.',
    '询问添加者原因是否仍然成立。如果成立，在结束前再添加一条排除规则；否则无需处理。',
  ],
  schedule_stopped: [
    'It creates no tasks until it is resumed. Correct the cause that the alert names, then resume it, with a key that may scan these targets.',
    '恢复之前不会创建任务。先消除告警中写明的原因，再用可以扫描这些目标的密钥恢复计划。',
  ],
  schedule_late: [
    'If many schedules are late, read the log of task-api. If it is one, its runs name the cause. A missed run is made up for by hand.',
    '如果许多计划都延迟，查看 task-api 的日志。如果只有一个，其运行记录写明原因。错过的运行需手动补上。',
  ],
  schedule_key_expires: [
    'Pause and resume each schedule that acts for the key with another key, then revoke the old one.',
    '用另一个密钥暂停并恢复使用该密钥的每个计划，然后吊销旧密钥。',
  ],
  limit_starves: [
    'See which tasks hold the room of the limit. Pause those that can wait, change priorities, or raise the numbers of the limit.',
    '查看哪些任务占用了限制的名额。暂停可以等待的任务，调整优先级，或放宽限制的数值。',
  ],
  document_unreadable: [
    'A rule that cannot be read does not apply. Make a freeze, a blackout or an exclusion again at once, then remove the unreadable one.',
    '无法读取的规则不生效。先立即重新添加冻结、禁扫期或排除规则，再移除无法读取的那一条。',
  ],
  fleet_silent: [
    'Check RabbitMQ and the network between it and the nodes. If the nodes are gone, start others: the work is reassigned to them.',
    '检查 RabbitMQ 以及它与节点之间的网络。如果节点确实已不在，启动其他节点，工作会重新分配给它们。',
  ],
  zombie: [
    'No work is lost. Once is usually a restart. If it happens again and again, the node’s program does not list what it holds.',
    '没有丢失工作。偶尔一次通常是重启；如果反复出现，说明节点程序没有在心跳中列出它持有的工作。',
  ],
  node_id_shared: [
    'Give each node its own NODE_ID. Look for a copied configuration, or a restart that did not end the old process.',
    '为每个节点设置各自的 NODE_ID。检查是否复制了配置，或重启时旧进程没有结束。',
  ],
  consistency: [
    'What did not agree was corrected. Look for a program that writes to the database without the services, a restored backup, or services of different versions.',
    '不一致之处已修正。检查是否有程序绕过服务直接写数据库、恢复过备份，或服务版本不一致。',
  ],
  schedule_changed: [
    'Compare the run with the one before. If the change was expected, acknowledge the alert with the reason.',
    '将此次运行与上一次比较。如果变化在预期之内，填写原因并确认告警。',
  ],
  dead_letter: [
    'See the reasons of the dead letters, and correct the cause. Then replay them, or discard what is not needed.',
    '查看死信的原因并消除它，然后重放，或丢弃不需要的死信。',
  ],
});

/** Of the command line, before the id. */
export const COMMANDS: Partial<Record<Alert['rule'], string>> = {
  task_failure_rate: 'cyberstroll statistics ',
  task_overlong: 'cyberstroll task get ',
  node_silent: 'cyberstroll node get ',
  operation_stalled: 'cyberstroll task bulk-end ',
  exclusion_ending: 'cyberstroll exclusion get ',
  schedule_stopped: 'cyberstroll schedule resume ',
  schedule_late: 'cyberstroll schedule runs ',
  limit_starves: 'cyberstroll task get ',
};

/** The command that comes first, if one does, with the real id. */
export const toFirstCommand = ({ rule, subject }: Alert): string | undefined => {
  const command = COMMANDS[rule];
  return command && `${command}${subject}`;
};
