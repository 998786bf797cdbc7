import type { Service } from '@cyberstroll/runtime';

/**
 * The reference of metrics: every metric of every service, from the services themselves, which need not run for that.
 */

export interface MetricFacts {
  name: string;
  type: string;
  /** Beside `service`, which every one has. */
  labels: string[];
  meaning: string;
}

/** What a service's registry holds, once the service is built. */
export async function findMetrics({ metrics }: Pick<Service, 'metrics'>): Promise<MetricFacts[]> {
  const descriptions = (await metrics.getMetricsAsJSON()) as unknown as { name: string; type: string; help: string }[];
  return descriptions.map(({ name, type, help }) => {
    const { labelNames = [] } = metrics.getSingleMetric(name) as unknown as { labelNames?: string[] };
    return {
      name,
      type,
      labels: labelNames.filter((label) => label !== 'le').sort(),
      meaning: help.replace(/\.$/, ''),
    };
  });
}

const HEAD = `# Metrics

Every service reports these on \`GET /metrics\` for Prometheus, each with the label \`service\`. Written from the services
by \`npm run docs\`. The name ends in the unit; counters end in \`_total\`; no label holds an id. Figures of the whole
system (tasks, nodes, queues) come from one heartbeat-monitor, the leader of the sweep: take \`max\` over the replicas.
`;

/** The page: what all services have is listed once, then what is a service's own. */
export function renderMetrics(byService: Record<string, MetricFacts[]>): string {
  const names = Object.keys(byService).sort();
  const isCommon = ({ name }: MetricFacts) =>
    names.every((service) => byService[service]!.some((it) => it.name === name));
  const ofAll = byService[names[0]!]!.filter(isCommon);
  const own = new Map<string, { metric: MetricFacts; services: string[] }>();
  for (const service of names) {
    for (const metric of byService[service]!.filter((it) => !isCommon(it))) {
      const known = own.get(metric.name);
      if (known) known.services.push(service);
      else own.set(metric.name, { metric, services: [service] });
    }
  }
  const rows = [...own.values()].sort((a, b) => (a.metric.name < b.metric.name ? -1 : 1));
  const ownRows = rows.map(({ metric, services }) => toRow(metric, services.join(', ')));
  return [
    HEAD,
    `## Of one service or some\n\n${toHead('services')}${ownRows.join('')}`,
    `## Of every service\n\n${toHead()}${sort(ofAll)
      .map((metric) => toRow(metric))
      .join('')}`,
  ].join('\n');
}

const sort = (metrics: MetricFacts[]) => [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1));

function toHead(...more: string[]): string {
  const titles = ['metric', 'type', 'labels', 'meaning', ...more];
  return `| ${titles.join(' | ')} |\n|${' --- |'.repeat(titles.length)}\n`;
}

const toRow = ({ name, type, labels, meaning }: MetricFacts, ...more: string[]): string =>
  `| ${[`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(' '), meaning.replaceAll('|', '\\|'), ...more].join(' | ')} |\n`;
