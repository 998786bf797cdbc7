import { type Node, unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { HostileText } from '../../components/hostile-text';
import { Loaded } from '../../components/notice';
import { SlotBar } from '../../components/slot-bar';
import { formatDuration, Time } from '../../components/time';
import { toStanding, usedSlots } from '../../fleet/standing';
import { formatNumber } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { NodeCharts } from './node-charts';
import { NodeFailures } from './node-failures';
import { RunningSubTasks } from './running-subtasks';
import { t } from './texts';

/** As often as a node sends heartbeats, in milliseconds. */
const READ_EVERY = 5_000;

/** One scanner node: what it says of itself, and what it runs. */
export default function NodePage({ node_id }: { node_id: string }) {
  const node = useData(
    (signal) => unwrap(client.GET('/api/nodes/{node_id}', { params: { path: { node_id } }, signal })),
    { key: node_id, every: READ_EVERY },
  );
  return (
    <>
      <nav aria-label={t('path')}>
        <a href="/nodes">{t('all_nodes')}</a>
      </nav>
      <h1>
        <bdi>{node_id}</bdi>
      </h1>
      <Loaded data={node}>{(read) => <NodeView node={read} />}</Loaded>
    </>
  );
}

function NodeView({ node }: { node: Node }) {
  const standing = toStanding(node, serverNow.value);
  const used = usedSlots(node);
  const { cpu_usage: cpu, memory_usage: memory, active_threads: threads } = node.system_info;
  const silence = (serverNow.value - Date.parse(node.last_seen)) / 1_000;
  return (
    <>
      {standing === 'silent' && (
        <p class="error" role="status">
          {t('silent', { age: formatDuration(silence) })}
        </p>
      )}
      <dl class="figures">
        <div>
          <dt>{t('state')}</dt>
          <dd>
            <NodeState standing={standing} />
          </dd>
        </div>
        <div>
          <dt>{t('slots')}</dt>
          <dd>
            <SlotBar used={used} all={node.capacity} label={t('slots_of', { used, all: node.capacity })} />
          </dd>
        </div>
        <div>
          <dt>{t('cpu')}</dt>
          <dd>{formatNumber(Math.round(cpu))} %</dd>
        </div>
        <div>
          <dt>{t('memory')}</dt>
          <dd>{formatNumber(Math.round(memory))} %</dd>
        </div>
        <div>
          <dt>{t('threads')}</dt>
          <dd>{formatNumber(threads)}</dd>
        </div>
      </dl>
      <dl class="facts">
        <dt>{t('heartbeat')}</dt>
        <dd class={standing === 'silent' ? 'trouble' : ''}>
          <Time at={node.last_seen} />
        </dd>
        <dt>{t('first_seen')}</dt>
        <dd>
          <Time at={node.first_seen} />
        </dd>
        <dt>{t('clock')}</dt>
        <dd>{toClockText(node.clock_offset)}</dd>
        <dt>{t('pools')}</dt>
        <dd>
          <bdi>{node.pools.join(', ')}</bdi>
        </dd>
        <dt>{t('methods')}</dt>
        <dd>
          <bdi>{node.methods?.join(', ') ?? t('any')}</bdi>
        </dd>
        <dt>{t('version')}</dt>
        <dd>{node.version === undefined ? '–' : <HostileText text={node.version} />}</dd>
        <dt>{t('contract')}</dt>
        <dd>{node.contract ?? 1}</dd>
        <dt>{t('instance')}</dt>
        <dd class="mono">
          <bdi>{node.instance_id}</bdi>
        </dd>
      </dl>
      <NodeCharts node={node} />
      <NodeFailures node={node} />
      <RunningSubTasks node={node} />
    </>
  );
}

function toClockText(offset: number | undefined): string {
  if (offset === undefined) return '–';
  const seconds = Math.round(Math.abs(offset) * 10) / 10;
  if (seconds === 0) return t('clock_equal');
  return t(offset > 0 ? 'clock_ahead' : 'clock_behind', { seconds });
}
