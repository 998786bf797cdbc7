import { type ReportedFinding, type ReportedResult, type ScanResult, toVisibleLine } from '@cyberstroll/contracts';
import { toTexts } from './ports';

/**
 * What a node reports, as it is kept: with all fields of the contract, and texts of one visible line. Scanned hosts
 * write banners; nodes are to send visible text only, and not every node does. Findings are kept apart.
 */
export function completeResult(reported: ReportedResult): ScanResult {
  const { open_ports = [], services, response_time = 0, hostnames } = reported;
  const ports = reported.ports?.map(({ tls, ...port }) => ({
    ...toVisible(port),
    ...(tls && { tls: toVisible(tls) }),
  }));
  const made = ports && toTexts(ports);
  const finding_count = toFindings(reported).length;
  return {
    open_ports: made ? [...new Set([...open_ports, ...made.open_ports])] : open_ports,
    services: (services ?? made?.services ?? []).map(toVisibleLine),
    response_time,
    ...(ports && { ports }),
    ...(hostnames && { hostnames: hostnames.map(toVisibleLine) }),
    ...(finding_count > 0 && { finding_count }),
  };
}

/** The findings of a report: the first of each id. */
export function toFindings({ findings = [] }: ReportedResult): ReportedFinding[] {
  const ids = new Set<string>();
  return findings.filter(({ id }) => !ids.has(id) && ids.add(id)).map(toVisible);
}

const toVisible = <Part extends object>(part: Part): Part =>
  Object.fromEntries(
    Object.entries(part).map(([field, value]) => [field, typeof value === 'string' ? toVisibleLine(value) : value]),
  ) as Part;
