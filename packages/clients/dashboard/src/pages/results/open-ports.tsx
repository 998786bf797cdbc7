import type { operations } from '@cyberstroll/client';
import { HostileText } from '../../components/hostile-text';
import { readServices } from './read-services';

type Result = operations['listResults']['responses'][200]['content']['application/json']['items'][number];

/** The open ports of a host, one a line. What a service says of itself is folded; a click shows the whole. */
export const OpenPorts = ({ open_ports, services }: Pick<Result, 'open_ports' | 'services'>) => (
  <ul class="open-ports">
    {readServices(open_ports, services).map(({ port, label, name, banner }) => (
      <li key={port}>
        {banner === '' ? (
          <Name label={label} name={name} />
        ) : (
          <details>
            <summary>
              <Name label={label} name={name} /> <bdi class="banner weak mono">{banner.slice(0, 200)}</bdi>
            </summary>
            <HostileText text={banner} />
          </details>
        )}
      </li>
    ))}
  </ul>
);

const Name = ({ label, name }: { label: string; name: string }) => (
  <span class="chip">
    <b>{label}</b> <bdi>{name}</bdi>
  </span>
);
