import { buildOverlay, isSelected, type Manifest, overlays, serviceOf } from './manifests';

describe.each(overlays)('overlay %s', (overlay) => {
  const { ofKind, workloads } = buildOverlay(overlay);

  it('denies all traffic but to the engines that a service uses, what a node scans, and webhooks', () => {
    const policies = ofKind('NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name === 'default-deny')!;
    expect(deny.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const engines = { rabbitmq: 'RABBITMQ_URL_FILE', mongodb: 'MONGODB_URI_FILE', redis: 'REDIS_URL_FILE' };
    for (const workload of workloads) {
      const variables = serviceOf(workload).env.map(({ name }: Manifest) => name);
      const outward = policies
        .filter(
          ({ spec }) =>
            spec.egress && Object.keys(spec.podSelector).length > 0 && isSelected(workload, spec.podSelector),
        )
        .map(({ metadata }) => metadata.name);
      const used = Object.entries(engines).filter(([, variable]) => variables.includes(variable));
      const asksManagement = variables.includes('RABBITMQ_MANAGEMENT_URL_FILE') ? ['rabbitmq-management'] : [];
      const own =
        { 'scanner-node': ['scans'], 'heartbeat-monitor': ['webhooks', ...asksManagement] }[
          workload.metadata.name as string
        ] ?? [];
      expect([workload.metadata.name, outward.sort()]).toEqual([
        workload.metadata.name,
        [...used.map(([engine]) => engine), ...own].sort(),
      ]);
    }
  });

  it('lets in nobody but Prometheus, and clients to what the ingress controller leads to', () => {
    const routes = JSON.stringify(ofKind('Ingress'));
    for (const workload of workloads) {
      const doors = ofKind('NetworkPolicy')
        .filter(({ spec }) => isSelected(workload, spec.podSelector))
        .flatMap(({ spec }) => spec.ingress ?? [])
        .flatMap(({ from, ports }) => from.map((each: Manifest) => [each, ports]));
      const toDoor = (namespace: string) => [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
        [{ port: serviceOf(workload).ports[0].name }],
      ];
      const { name } = workload.metadata;
      const namespaces = routes.includes(`"${name}"`) ? ['ingress', 'monitoring'] : ['monitoring'];
      expect([name, ...doors]).toEqual([name, ...namespaces.map(toDoor)]);
    }
  });

  it('has one host with TLS: /ws to progress-pusher, health and metrics to no pod, all else to task-api', () => {
    const [{ spec }, ...others] = ofKind('Ingress');
    const [{ host, http }] = spec.rules;
    expect([others, spec.rules.length, spec.tls]).toEqual([
      [],
      1,
      [{ hosts: [host], secretName: 'cyberstroll-ingress-tls' }],
    ]);
    const routes = http.paths.map(({ path, pathType, backend: { service } }: Manifest) => {
      expect([pathType, service.port]).toEqual(['Prefix', { name: 'http' }]);
      return [path, service.name];
    });
    expect(Object.fromEntries(routes)).toEqual({
      '/ws': 'progress-pusher',
      '/livez': 'nowhere',
      '/readyz': 'nowhere',
      '/metrics': 'nowhere',
      '/': 'task-api',
    });
    const [nowhere] = ofKind('Service').filter(({ metadata }) => metadata.name === 'nowhere');
    expect(nowhere.spec).not.toHaveProperty('selector');
    const [clients] = ofKind('NetworkPolicy').filter(({ metadata }) => metadata.name === 'clients');
    const reached = workloads.filter((workload) => isSelected(workload, clients.spec.podSelector));
    expect(reached.map(({ metadata }) => metadata.name).sort()).toEqual(['progress-pusher', 'task-api']);
    for (const workload of reached) expect(serviceOf(workload).env).toContainEqual({ name: 'TRUST_PROXY', value: '1' });
  });

  it('lets services reach Redis and its sentinels, with and without TLS', () => {
    const [redis] = ofKind('NetworkPolicy').filter(({ metadata }) => metadata.name === 'redis');
    expect(redis.spec.egress[0].ports.map(({ port }: Manifest) => port)).toEqual([6379, 6380, 26379]);
  });

  it("keeps scans and webhooks from the cluster's own addresses", () => {
    const open = ofKind('NetworkPolicy').filter((policy) => JSON.stringify(policy).includes('0.0.0.0/0'));
    expect(open.map(({ metadata }) => metadata.name)).toEqual(['scans', 'webhooks']);
    for (const { spec } of open) {
      const [{ ipBlock }] = spec.egress[0].to;
      expect(ipBlock.except).toEqual(expect.arrayContaining(['169.254.0.0/16', '10.96.0.0/12', '10.244.0.0/16']));
    }
  });
});
