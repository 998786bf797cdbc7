import type { SubTask } from '@cyberstroll/client';
import { type Command, toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { ActionButton, CopyButton } from '../../components/action-button';
import { Fact } from '../../components/figures';
import { inWords } from '../../components/in-words';
import { NodeLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { SidePanel } from '../../components/side-panel';
import { formatDuration, Time } from '../../components/time';
import { Waiting } from '../../components/waiting-reason';
import { defineTexts, explainError, formatNumber } from '../../language/define-texts';
import { SubTaskState } from '../../states/state-badge';
import { FindingTable } from '../results/finding-table';
import { OpenPorts } from '../results/result-table';
import { type Attempt, toAttempts } from './attempts';

const t = defineTexts({
  index: ['index {index}', '序号 {index}'],
  retry: ['Retry', '重试'],
  retry_does: ['The address {ip} will be scanned again.', '将重新扫描地址 {ip}。'],
  response_time: ['Fastest response', '最快响应'],
  milliseconds: ['{n} ms', '{n} 毫秒'],
  nothing_open: ['No port is open.', '没有开放端口。'],
  no_result: ['There is no result yet.', '尚无结果。'],
  error: ['Last error', '最后错误'],
  facts: ['Current attempt', '当前尝试'],
  assigned: ['Assigned', '分配时间'],
  started: ['Scan started', '开始扫描'],
  completed: ['Scan ended', '完成时间'],
  duration: ['Duration', '执行时长'],
  deadline: ['Deadline', '超时时间'],
  next_retry: ['Next retry', '下次重试'],
  retries: ['Retries', '重试'],
  retries_of: ['{count} of {most}', '最多 {most} 次，已 {count} 次'],
  node_losses: ['Nodes lost', '丢失的节点'],
  attempts: ['Attempts', '尝试'],
  attempt: ['Attempt {number}', '第 {number} 次尝试'],
  on: ['on {node}', '节点 {node}'],
  took: ['scan of {duration}', '扫描用时 {duration}'],
  folded: ['{count} entries merged into one', '{count} 条记录已合并为一条'],
  untouched: ['No node has claimed it yet.', '尚无节点处理过。'],
});

const READ_EVERY = 2_000;

/** One address, beside its task: its attempts, and what was found. */
export function SubTaskPanel({ taskId, subtaskId }: { taskId: string; subtaskId: string }) {
  const params = { task_id: taskId, subtask_id: subtaskId };
  const subtask = useGet('/api/tasks/{task_id}/subtasks/{subtask_id}', { path: params }, READ_EVERY);
  const ip = subtask.value?.ip;
  return (
    <SidePanel title={ip === undefined ? '…' : <a href={`/findings/${ip}`}>{ip}</a>} base={`/tasks/${taskId}`}>
      <Loaded data={subtask}>
        {(read) => (
          <>
            <div class="buttons">
              <SubTaskState status={read.status} />
              <span class="weak">{t('index', { index: read.index })}</span>
              <CopyButton label={t('copy_id')} text={() => subtaskId} />
              <span class="space" />
              {isOperator.value && (read.status === 'FAILED' || read.status === 'TIMEOUT') && (
                <ActionButton label={t('retry')} command={toRetry(taskId, subtaskId)} onDone={subtask.reload}>
                  <p>{t('retry_does', { ip: read.ip })}</p>
                </ActionButton>
              )}
            </div>
            {read.waiting_reason && (
              <p class="remark">
                <strong>{t('waits') + t('colon')}</strong> <Waiting reason={read.waiting_reason} taskId={taskId} />
              </p>
            )}
            <Result subtask={read} />
            <Facts subtask={read} />
            <h3>{t('attempts')}</h3>
            <Attempts attempts={toAttempts(read)} />
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

const toRetry = (task_id: string, subtask_id: string): Command => ({
  send: (by, reason) =>
    by.POST('/api/tasks/{task_id}/subtasks/{subtask_id}/retry', {
      params: { path: { task_id, subtask_id } },
      body: toReasonField(reason),
    }),
  toCli: (reason) => `cyberstroll subtask retry ${subtask_id}${toReasonOption(reason)}`,
});

function Result({ subtask: { task_id, ip, scan_result: result, error_info: error } }: { subtask: SubTask }) {
  return (
    <section>
      <h3>{t('result')}</h3>
      {!result && !error && <p class="weak">{t('no_result')}</p>}
      {result && result.open_ports.length === 0 && <p>{t('nothing_open')}</p>}
      {result && result.open_ports.length > 0 && (
        <dl class="facts">
          <Fact name={t('open_ports')}>
            <OpenPorts ports={result.ports ?? []} />
          </Fact>
          <Fact name={t('response_time')}>{t('milliseconds', { n: result.response_time })}</Fact>
        </dl>
      )}
      {result?.hostnames && <HostileText text={result.hostnames.join(', ')} />}
      {result?.finding_count !== undefined && <FindingTable filter={{ task_id, target: ip }} hidesEmpty />}
      {error && (
        <dl class="facts">
          <Fact name={t('error')}>
            <strong class="mono">{error.error_code}</strong>
            {t('comma')}
            <Time at={error.error_time} />
            <br />
            <HostileText text={inWords(error.error_message, error.sentence)} />
            <div class="weak">{explainError(error.error_code)}</div>
          </Fact>
        </dl>
      )}
    </section>
  );
}

function Facts({ subtask }: { subtask: SubTask }) {
  const { assigned_node: node, execution_duration: seconds } = subtask;
  const times = [
    ['assigned', subtask.assigned_time],
    ['started', subtask.started_time],
    ['completed', subtask.completed_time],
    ['deadline', subtask.deadline],
    ['next_retry', subtask.next_retry_time],
  ] as const;
  return (
    <section>
      <h3>{t('facts')}</h3>
      <dl class="facts">
        {node !== undefined && (
          <Fact name={t('node')}>
            <NodeLink nodeId={node} />
          </Fact>
        )}
        {times.map(
          ([name, at]) =>
            at !== undefined && (
              <Fact key={name} name={t(name)}>
                <Time at={at} />
              </Fact>
            ),
        )}
        {seconds !== undefined && <Fact name={t('duration')}>{formatDuration(seconds)}</Fact>}
        <Fact name={t('retries')}>{t('retries_of', { count: subtask.retry_count, most: subtask.max_retries })}</Fact>
        {subtask.node_losses > 0 && <Fact name={t('node_losses')}>{formatNumber(subtask.node_losses)}</Fact>}
      </dl>
    </section>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p class="weak">{t('untouched')}</p>;
  return (
    <ol class="attempts">
      {attempts.map(({ number, node, seconds, status, entries, folded }) => (
        <li key={number}>
          <p>
            <strong>{t('attempt', { number })}</strong> <SubTaskState status={status} />{' '}
            {node !== undefined && t('on', { node })}
            {seconds !== undefined && t('comma') + t('took', { duration: formatDuration(seconds) })}
            {folded > 0 && <span class="weak"> ({t('folded', { count: folded })})</span>}
          </p>
          <ol>
            {entries.map((entry) => (
              <li key={`${entry.timestamp} ${entry.status}`}>
                <Time at={entry.timestamp} /> <SubTaskState status={entry.status} />{' '}
                <span class="weak">{t('by', { operator: entry.operator })}</span>{' '}
                {entry.reason !== undefined && <HostileText text={inWords(entry.reason, entry.sentence)} />}
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}
