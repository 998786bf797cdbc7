import { serverNow } from '../browser/clock';
import { toFileName } from './to-file-name';

const FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** All of a list, as a file whose name says what is in it and when it was read. */
export const ExportLinks = ({ toPath, name }: { toPath: (format: ExportFormat) => string; name: string }) => (
  <span class="buttons exports">
    {FORMATS.map((format) => (
      <a key={format} class="button" href={toPath(format)} download={toFileName(name, serverNow.value, format)}>
        {format.toUpperCase()}
      </a>
    ))}
  </span>
);
