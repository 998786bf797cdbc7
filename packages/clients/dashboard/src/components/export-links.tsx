import { serverNow } from '../browser/clock';
import { toFileName } from './to-file-name';

interface ExportLinksProps {
  /** Of the API. */
  path: string;
  /** What the list is asked with, but for its page. */
  params: ConstructorParameters<typeof URLSearchParams>[0];
  name: string;
}

/** All of a list, as a file whose name says what is in it and when it was read. */
export const ExportLinks = ({ path, params, name }: ExportLinksProps) => (
  <span class="buttons exports">
    {['csv', 'ndjson'].map((format) => (
      <a
        key={format}
        class="button"
        href={`${path}?${new URLSearchParams([...new URLSearchParams(params), ['format', format]])}`}
        download={toFileName(name, serverNow.value, format)}
      >
        {format.toUpperCase()}
      </a>
    ))}
  </span>
);
