import type { PortResult } from '@cyberstroll/client';
import { HostileText } from '../../components/hostile-text';

/** The open ports of a host, one a line. What a service says of itself is folded; a click shows the whole. */
export const OpenPorts = ({ ports }: { ports: readonly PortResult[] }) => (
  <ul class="open-ports">{ports.filter(({ state }) => state === 'open').map(OpenPort)}</ul>
);

function OpenPort({ port, protocol, service = '', product, version, banner, tls }: PortResult) {
  const label = protocol === 'tcp' ? port : `${port}/${protocol}`;
  const name = (
    <span class="chip">
      <b>{label}</b> <bdi>{service}</bdi>
    </span>
  );
  const said = [product, version, banner, tls?.subject].filter(Boolean).join(' ');
  return (
    <li key={label}>
      {said === '' ? (
        name
      ) : (
        <details>
          <summary>
            {name} <bdi class="banner weak mono">{said.slice(0, 200)}</bdi>
          </summary>
          <HostileText text={said} />
        </details>
      )}
    </li>
  );
}
