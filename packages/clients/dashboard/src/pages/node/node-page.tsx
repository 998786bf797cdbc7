import type { Node } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { useSubject } from '../../browser/title';
import { CopyButton } from '../../components/copy-button';
import { Fact, Figure } from '../../components/figures';
import { HostileText } from '../../components/hostile-text';
import { lazyPage } from '../../components/lazy-page';
import { Loaded } from '../../components/notice';
import { SlotBar } from '../../components/progress-bar';
import { formatDuration, Time } from '../../components/time';
import { toStanding, usedSlots } from '../../fleet/standing';
import { formatNumber } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { NodeCharts } from './node-history';
import { NodeWork } from './node-work';
import { t } from './texts';

const NodeEvents = lazyPage(() => import('./node-history'), { isPart: true });

/** As often as a node sends heartbeats, in milliseconds. */
const READ_EVERY = 5_000;

/** One scanner node: what it says of itself, and what it runs. */
export default function NodePage({ node_id }: { node_id: string }) {
  useSubject(node_id);
  const node = useGet('/api/nodes/{node_id}', { path: { node_id } }, READ_EVERY);
  return (
    <>
      <nav aria-label={t('path')}>
        <a href="/fleet">{t('all_nodes')}</a>
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
        <Figure name={t('state')}>
          <NodeState standing={standing} />
        </Figure>
        <Figure name={t('slots')}>
          <SlotBar used={used} all={node.capacity} label={t('slots_of', { used, all: node.capacity })} />
        </Figure>
        <Figure name={t('cpu')}>{formatNumber(Math.round(cpu))} %</Figure>
        <Figure name={t('memory')}>{formatNumber(Math.round(memory))} %</Figure>
        <Figure name={t('threads')}>{formatNumber(threads)}</Figure>
      </dl>
      <dl class="facts">
        <Fact name={t('heartbeat')} isTrouble={standing === 'silent'}>
          <Time at={node.last_seen} />
        </Fact>
        <Fact name={t('first_seen')}>
          <Time at={node.first_seen} />
        </Fact>
        <Fact name={t('clock')}>{toClockText(node.clock_offset)}</Fact>
        <Fact name={t('pools')}>
          <bdi>{node.pools.join(', ')}</bdi>
        </Fact>
        <Fact name={t('methods')}>
          <bdi>{node.methods?.join(', ') ?? t('any')}</bdi>
        </Fact>
        <Fact name={t('version')}>{node.version === undefined ? '–' : <HostileText text={node.version} />}</Fact>
        <Fact name={t('contract')}>{node.contract ?? 1}</Fact>
        <Fact name={t('instance')}>
          <CopyButton label={t('copy_id')} text={() => node.instance_id} />
        </Fact>
      </dl>
      <NodeCharts node={node} />
      <NodeEvents nodeId={node.node_id} />
      <NodeWork node={node} />
    </>
  );
}

function toClockText(offset: number | undefined): string {
  if (offset === undefined) return '–';
  const seconds = Math.round(Math.abs(offset) * 10) / 10;
  if (seconds === 0) return t('clock_equal');
  return t(offset > 0 ? 'clock_ahead' : 'clock_behind', { seconds });
}
