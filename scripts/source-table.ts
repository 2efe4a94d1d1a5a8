import { readFileSync, writeFileSync } from 'node:fs';
import { authMethodsOf, credentialSchemaOf, fieldsOf, type SourceField } from '../src/connector/spec.ts';
import { connectors } from '../src/connectors/index.ts';

const readme = new URL('../README.md', import.meta.url);
const [begin, end] = ['<!-- sources: node scripts/source-table.ts -->\n', '<!-- /sources -->'];

function show({ name, required, secret, default: value }: SourceField): string {
  const marks = [
    ...(required ? ['required'] : []),
    ...(secret ? ['secret'] : []),
    ...(value === null ? [] : [`default \`${JSON.stringify(value)}\``]),
  ];
  return `\`${name}\`${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
}

const list = (fields: readonly SourceField[]) => fields.map(show).join(', ') || 'none';

/** README's table of sources, as the catalog has them. */
function sourceTable(): string {
  const rows = connectors.map((connector) => {
    const credentials = authMethodsOf(connector).map((method) => `${method}: ${list(fieldsOf(credentialSchemaOf(connector, method)))}`);
    return `| \`${connector.shortName}\` | ${connector.description} | ${list(fieldsOf(connector.configSchema))} | ${credentials.join('<br>')} |`;
  });
  return ['| source | what it is | `config` | `credentials` |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** README with the table as it has to be. */
export function freshReadme(): string {
  const text = readFileSync(readme, 'utf8');
  return text.slice(0, text.indexOf(begin) + begin.length) + sourceTable() + text.slice(text.indexOf(end));
}

if (import.meta.main) writeFileSync(readme, freshReadme());
