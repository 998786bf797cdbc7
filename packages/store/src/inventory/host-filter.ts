import type { Host, HostService, ListHostsQuery, ListServicesQuery } from '@cyberstroll/contracts';

type Wanted = Omit<ListServicesQuery, 'limit' | 'cursor' | 'target' | 'label'>;

/** Whether a service is one of those that are asked for. The ages are its own. */
export function toServiceTest(query: Wanted): (service: HostService) => boolean {
  const { port, protocol, state } = query;
  const hasText = toTextTest(query);
  const isOfAge = toAgeTest(query);
  return (service) =>
    (port === undefined || service.port === port) &&
    (protocol === undefined || service.protocol === protocol) &&
    (state === 'any' || service.state === state) &&
    hasText(service) &&
    isOfAge(service);
}

/** Whether a host is one of those that are asked for. The ages are those of the host. */
export function toHostTest(query: Omit<ListHostsQuery, 'limit' | 'cursor' | 'target' | 'label'>) {
  const { port, service, product, severity, state } = query;
  const isService = toServiceTest({ port, service, product, state });
  const asksServices = port !== undefined || service !== undefined || product !== undefined;
  const isOfAge = toAgeTest(query);
  const hasOpenFinding = ({ findings }: Pick<Host, 'findings'>) =>
    findings.some((each) => each.state === 'open' && (!severity || severity.some((one) => one === each.severity)));
  return (host: Pick<Host, 'services' | 'findings' | 'first_seen' | 'last_seen'>): boolean => {
    if (!isOfAge(host) || (severity && !hasOpenFinding(host))) return false;
    if (host.services.some(isService)) return true;
    if (asksServices) return false;
    return severity !== undefined || state === 'any' || (state === 'open' && hasOpenFinding(host));
  };
}

function toTextTest({ service, product }: Pick<Wanted, 'service' | 'product'>) {
  const [name, made] = [service?.toLowerCase(), product?.toLowerCase()];
  return (given: Pick<HostService, 'service' | 'product' | 'version'>): boolean =>
    (name === undefined || given.service?.toLowerCase().includes(name) === true) &&
    (made === undefined || `${given.product ?? ''} ${given.version ?? ''}`.toLowerCase().includes(made));
}

function toAgeTest(query: Pick<Wanted, 'seen_after' | 'seen_before' | 'new_after'>) {
  const [seenAfter, seenBefore, newAfter] = [query.seen_after, query.seen_before, query.new_after].map((time) =>
    time === undefined ? undefined : new Date(time),
  );
  return ({ first_seen, last_seen }: Pick<HostService, 'first_seen' | 'last_seen'>): boolean =>
    (!seenAfter || last_seen >= seenAfter) &&
    (!seenBefore || last_seen < seenBefore) &&
    (!newAfter || first_seen >= newAfter);
}
