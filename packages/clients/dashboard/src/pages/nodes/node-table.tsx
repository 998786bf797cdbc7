import { choose } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { SlotBar } from '../../components/progress-bar';
import { TableBox } from '../../components/scroll-box';
import { SortHead } from '../../components/sort-head';
import { Time } from '../../components/time';
import { usedSlots } from '../../fleet/standing';
import { formatNumber } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { DESCENDING, NODE_SORTS, type Sort, type Standing } from './choose-nodes';
import './node-table.css';
import { RateLine } from './rate-line';
import { t } from './texts';
import { toNodePath } from './to-node-path';

/** The heads, in the order of the table, and what a click on each sorts by. */
const HEADS = {
  name: 'node',
  trouble: 'state',
  pool: 'pools',
  load: 'slots',
  rate: 'rate',
  failures: 'failures',
  heartbeat: 'last_heartbeat',
  version: 'version',
} as const satisfies Record<Sort, string>;

interface NodeTableProps {
  nodes: readonly Standing[];
  sort: Sort;
  isReversed: boolean;
}

/** A page of the nodes, a line each. */
export function NodeTable({ nodes, sort, isReversed }: NodeTableProps) {
  const toDirection = (name: Sort) => {
    if (name !== sort) return undefined;
    return DESCENDING.includes(name) === isReversed ? 'ascending' : 'descending';
  };
  return (
    <TableBox live>
      <table class="node-table">
        <thead>
          <tr>
            {(Object.keys(HEADS) as Sort[]).map((name) => (
              <SortHead
                key={name}
                title={t(HEADS[name])}
                direction={toDirection(name)}
                look={name === 'failures' ? 'number' : undefined}
                onSort={() =>
                  choose({
                    sort: name === NODE_SORTS[0] ? undefined : name,
                    order: name === sort && !isReversed ? 'reversed' : undefined,
                  })
                }
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.map((each) => (
            <NodeRow key={each.node.node_id} {...each} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function NodeRow({ node, standing, rate }: Standing) {
  const used = usedSlots(node);
  const pools = node.pools.join(', ');
  return (
    <tr>
      <th scope="row">
        <a href={toNodePath(node.node_id)}>
          <bdi title={node.node_id}>{node.node_id}</bdi>
        </a>
      </th>
      <td>
        <NodeState standing={standing} />
      </td>
      <td>
        <bdi title={pools}>{pools}</bdi>
      </td>
      <td>
        <SlotBar
          used={used}
          all={node.capacity}
          label={t('slots_of_node', { used, all: node.capacity, node: node.node_id })}
        />
      </td>
      <td>
        <RateLine of={rate} />
      </td>
      <td class="number">{rate ? formatNumber(rate.failures) : '–'}</td>
      <td class={standing === 'silent' ? 'trouble' : ''}>
        <Time at={node.last_seen} />
      </td>
      <td>{node.version === undefined ? '–' : <HostileText text={node.version} most={50} />}</td>
    </tr>
  );
}
