import { serverNow } from '../browser/clock';
import { Menu } from './menu';
import { t } from './texts';
import { toFileName } from './to-file-name';

interface Export {
  /** Of the API. */
  path: string;
  /** What the list is asked with, but for its page. */
  params?: ConstructorParameters<typeof URLSearchParams>[0];
  name: string;
  formats?: readonly string[];
}

/** All of a list, as a file whose name says what is in it and when it was read. */
export const ExportMenu = (list: Export) => (
  <Menu name={t('export')}>
    <ExportLinks {...list} />
  </Menu>
);

/** The same, in a menu that has more. */
export const ExportLinks = ({ path, params, name, formats = ['csv', 'ndjson'] }: Export) => (
  <ul class="exports">
    {formats.map((format) => (
      <li key={format}>
        <a
          href={`${path}?${new URLSearchParams([...new URLSearchParams(params), ['format', format]])}`}
          download={toFileName(name, serverNow.value, format === 'text' ? 'txt' : format)}
        >
          {format.toUpperCase()}
        </a>
      </li>
    ))}
  </ul>
);
